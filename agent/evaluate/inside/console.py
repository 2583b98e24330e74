"""Running what a person typed: the names it sees, and what becomes of its errors."""


NOTE = ("(This is a frozen copy of the process: it may read, but not write files, open connections, "
        "send signals or start programs.)")


def main_module_dict():
    module = sys.modules.get("__main__")
    return module.__dict__ if type(module) is types.ModuleType else {}


def main_names():
    return dict(main_module_dict())


def names_at(request):
    """The names of an evaluation, inner ones over outer ones."""
    frame = None
    chosen = object_at(request["underscore"]) if "underscore" in request else None
    if "thread" in request:
        frame = running_frame(request["thread"], request["depth"])
    elif chosen is not None:
        frame = frame_of(chosen)
    names = main_names()
    if frame is not None:
        names = dict(frame.f_globals)
        names.update(frame.f_locals)
    names.update(heap=heap, __builtins__=builtins, __name__="__console__")
    if "underscore" in request:
        names["_"] = chosen
    return names


def running_frame(thread, depth):
    frame = sys._current_frames().get(thread)
    while frame is not None and depth > 0:
        frame, depth = frame.f_back, depth - 1
    if frame is None:
        raise LookupError("no frame of thread %d is so deep, or it was not running" % thread)
    return frame


def traceback_text(error):
    """As Python prints it, without our own frames."""
    import traceback
    def is_ours(frame):
        return frame.f_code.co_filename.startswith("<whyalive")

    trace = error.__traceback__
    while trace is not None and is_ours(trace.tb_frame):
        trace = trace.tb_next
    if isinstance(error, TooLong):
        steps = [(frame, line) for frame, line in traceback.walk_tb(trace) if not is_ours(frame)]
        lines = traceback.StackSummary.extract(iter(steps)).format()
        return "Traceback (most recent call last):\n%s(interrupted: out of time)\n" % "".join(lines)
    text = "".join(traceback.format_exception(type(error), error, trace))
    return text + NOTE + "\n" if is_refusal(error) else text


def is_refusal(error):
    """Of the kernel, by what guards the copy."""
    return isinstance(error, PermissionError) and error.errno == 1


def described_error(error):
    if isinstance(error, TooLong):
        return {"kind": "timeout", "type": "", "message": "it took longer than it may",
                "traceback": guarded(traceback_text, error, lambda reason: "", 1.0)}
    kind = "memory" if isinstance(error, MemoryError) else "exception"
    name = type_name(type(error))
    message = guarded(str, error, lambda reason: "", SHORT_SECONDS)
    fallback = "%s: %s\n" % (name, message)
    return {"kind": kind, "type": name, "message": str(message)[:1000],
            "traceback": guarded(traceback_text, error, lambda reason: fallback, 1.0)[:100000]}


def run_statements(source, names, show):
    """Each expression among them is shown, as a console does."""
    import _ast  # all that is needed of `ast`, and there at once
    tree = compile(source, "<console>", "exec", _ast.PyCF_ONLY_AST)
    for statement in tree.body:
        if isinstance(statement, _ast.Expr):
            code = compile(_ast.Expression(statement.value), "<console>", "eval")
            show(eval(code, names))
        else:
            exec(compile(_ast.Module([statement], []), "<console>", "exec"), names)


LONGEST_TEXT = 10000  # of a str or bytes at a prompt; print() shows all of it


def console_repr(o, seconds):
    text, cut = long_repr(o, 200000, seconds, 100, LONGEST_TEXT)
    return text + ("…" if cut else "")


class PlainShell:
    """Python's own prompt."""
    name = "python"

    def __init__(self, names):
        self.names = names

    def prompts(self):
        return [">>> ", "... "]

    def check(self, source):
        import codeop
        try:
            code = codeop.compile_command(source, "<console>", "exec" if "\n" in source else "single")
        except (SyntaxError, ValueError, OverflowError):
            return "invalid"
        if code is None:
            return "incomplete"
        # A block goes on until an empty line, as at Python's prompt.
        lines = source.split("\n")
        block = len(lines) > 1 and lines[-1].startswith((" ", "\t"))
        return "incomplete" if block else "complete"

    def run(self, source, underline):
        def show(value):
            if value is None:
                return
            self.names["_"] = value
            print(console_repr(value, 3600))

        run_statements(source, self.names, show)

    def complete(self, text, line, cursor):
        return completions(text, line[:cursor], self.names)


class IPythonShell:
    """IPython's, without its terminal part: the client edits the lines."""
    name = "ipython"

    def __init__(self, names, colours):
        from IPython.core import interactiveshell
        from IPython.core.error import UsageError
        from IPython.core.profiledir import ProfileDir
        from traitlets.config import Config
        if hasattr(interactiveshell, "PickleShareDB"):
            interactiveshell.PickleShareDB = lambda *_: {}  # up to IPython 8 it makes its folder at once

        class Shell(interactiveshell.InteractiveShell):
            db = {}

            def init_profile_dir(self, profile_dir):
                self.profile_dir = ProfileDir.__new__(ProfileDir)  # without the folders

            def system(self, command):  # what `!ls` and `%ls` come to
                raise UsageError("`%s` is not run: a frozen copy can start no programs" % command)

            def getoutput(self, command, *_, **__):
                self.system(command)

        config = Config()
        config.HistoryManager.enabled = False
        config.HistoryManager.hist_file = ":memory:"
        config.InteractiveShell.colors = "Linux" if colours else "NoColor"
        config.InteractiveShell.autoindent = False
        config.IPCompleter.use_jedi = False  # slow at first, and it reads sources: the objects are at hand
        module = types.ModuleType("__console__")
        module.__dict__.update(names)
        self.shell = Shell(config=config, ipython_dir="/", user_module=module,
                           user_ns=module.__dict__)
        for kind in Shell._walk_mro():
            kind._instance = self.shell  # what get_ipython() gives, to ipdb too
        for kind in (str, bytes, bytearray):
            self.shell.display_formatter.formatters["text/plain"].for_type(
                kind, lambda o, printer, _: printer.text(console_repr(o, 3600)))
        self.names = module.__dict__
        if "_" in names:  # not what IPython begins with
            self.shell.displayhook._ = self.shell.user_ns["_"] = names["_"]

    def prompts(self):
        number = self.shell.execution_count
        head = "In [%d]: " % number
        return [head, "...: ".rjust(len(head))]

    def check(self, source):
        manager = getattr(self.shell, "input_transformer_manager", None) or self.shell.input_splitter
        return manager.check_complete(source)[0]

    def run(self, source, underline):
        result = self.shell.run_cell(source, store_history=True)
        error = result.error_before_exec or result.error_in_exec
        if isinstance(error, TooLong):
            raise error
        if is_refusal(error):
            print(NOTE)
        return "shown" if error is not None else None

    def complete(self, text, line, cursor):
        part, found = self.shell.complete(text, line, cursor)
        if not text.endswith(part):
            return completions(text, line[:cursor], self.names)
        head = text[:len(text) - len(part)]  # what IPython does not repeat
        found = [head + one for one in found if one.startswith(part)]
        return found[:MOST_COMPLETIONS] or completions(text, line[:cursor], self.names)


MOST_COMPLETIONS = 500


def completions(text, before, names):
    """What `text`, the last word of `before`, may become."""
    head, dot, beginning = text.rpartition(".")
    if dot:
        found = attributes_beginning_with(beginning, before[:len(before) - len(beginning) - 1], names)
        return [head + "." + one for one in found[:MOST_COMPLETIONS]]
    import keyword
    found = {one for one in [*names, *dir(builtins), *keyword.kwlist] if str(one).startswith(text)}
    return sorted(one for one in found if not one.startswith("__") or text.startswith("__"))[:MOST_COMPLETIONS]


def attributes_beginning_with(beginning, before, names):
    owner = expression_at_end(before)
    if not owner:
        return []
    try:
        found = dir(eval(owner, dict(names)))
    except BaseException as error:
        if isinstance(error, (TooLong, KeyboardInterrupt)):
            raise
        return []
    found = [one for one in found if isinstance(one, str) and one.startswith(beginning)]
    return sorted(found, key=lambda one: (one.startswith("_"), one))


def expression_at_end(text):
    """`b.c[0]` of `a + b.c[0]`. Without calls: completing should not do anything."""
    start = len(text)
    while start > 0:
        last = text[start - 1]
        if last == "]":
            start = text.rfind("[", 0, start)
            if start < 0:
                return ""
        elif last.isalnum() or last in "._":
            start -= 1
        else:
            break
    expression = text[start:]
    return "" if "(" in expression or expression[:1] in ("", ".") else expression


def make_shell(names, request):
    if request.get("ipython"):
        try:
            return IPythonShell(names, request.get("colours", False))
        except BaseException as error:
            if request["ipython"] == "must":
                raise RuntimeError("IPython cannot be used here: %s" % error) from error
    return PlainShell(names)
