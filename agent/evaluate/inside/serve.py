"""Answers requests until the client goes.

One-shot: {"op": "value", …} or {"op": "evaluate", …}. A console: {"op": "open"}, then "check", "complete"
and "run", before each of which it leaves a copy of itself behind: when the input kills it, that copy goes
on from the state before.
"""
from _signal import SIG_IGN, SIGINT, default_int_handler, set_wakeup_fd


def settle():
    """Cuts off what the program set up for its own sake."""
    import io
    signal(SIGINT, SIG_IGN)
    try:
        set_wakeup_fd(-1)
    except (ValueError, OSError):
        pass
    # Kept, since letting go of them would write out what they hold.
    kept = [sys.stdin, sys.stdout, sys.stderr, sys.__stdin__, sys.__stdout__, sys.__stderr__]
    for name, number, mode in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")):
        stream = io.open(number, mode, encoding="utf-8", errors="backslashreplace", closefd=False,
                         **({"buffering": 1} if mode == "w" else {}))
        setattr(sys, name, stream)
        setattr(sys, "__%s__" % name, stream)
    sys.dont_write_bytecode = True
    sys.displayhook = sys.__displayhook__
    sys.excepthook = sys.__excepthook__
    sys.settrace(None)
    sys.setprofile(None)
    logging = sys.modules.get("logging")
    if logging is not None:
        logging.raiseExceptions = False
        logging.disable(1000)  # a handler's buffer may be locked by a thread that is not here
    gc = sys.modules.get("gc") or __import__("gc")
    gc.disable()
    return kept


def timed(request, work):
    """Runs it within its time; Ctrl-C ends it."""
    signal(SIGINT, default_int_handler)
    try:
        seconds = request.get("milliseconds", 0) / 1000
        if seconds:
            with Limit(seconds):
                return work()
        return work()
    finally:
        signal(SIGINT, SIG_IGN)
        sys.stdout.flush()
        sys.stderr.flush()


def evaluate(request):
    def work():
        names = names_at(request)
        if request["op"] == "statements":
            run_statements(request["source"], names, show)
            return {}
        if request["source"]:
            value = eval(compile(request["source"].strip(), "<expression>", "eval"), names)
        else:
            value = names["_"]
        return {"value": describe(value, request)}

    return timed(request, work)


def show(value):
    if value is not None:
        print(console_repr(value, 60))


class Keyboard:
    """Standard input of a console: what the person types, line by line, for input() and debuggers."""
    encoding, errors, newlines, closed = "utf-8", "strict", None, False

    def readline(self, _size=-1):
        try:
            return typed_line("") + "\n"
        except EOFError:
            return ""

    def __iter__(self):
        return iter(self.readline, "")

    def isatty(self):
        return False

    def fileno(self):
        return 0


def typed_line(prompt=""):
    sys.stdout.flush()
    sys.stderr.flush()
    answer = ask("input", prompt=str(prompt))
    if answer["answer"] == "line":
        return answer["line"]
    raise EOFError if answer["answer"] == "end" else KeyboardInterrupt


class Session:
    def __init__(self):
        self.shell = None

    def open(self, request):
        if request.get("keyboard"):
            sys.stdin = Keyboard()
            builtins.input = typed_line
        self.shell = make_shell(names_at(request), request)
        return dict(self.state(), otherInterpreters=OTHER_INTERPRETERS)

    def state(self):
        return {"shell": self.shell.name, "prompts": self.shell.prompts(),
                "python": sys.version.split()[0]}

    def check(self, request):
        return {"state": self.shell.check(request["source"])}

    def complete(self, request):
        def work():
            return {"matches": self.shell.complete(request["text"], request["line"],
                                                   request["cursor"])}

        return timed(request, work)

    def run(self, request):
        if make_checkpoint():
            # Here again after the original has died of its input.
            return dict(self.state(), restored=True)
        try:
            shown = timed(request, lambda: self.shell.run(request["source"], False))
        finally:
            drop_checkpoint()
        return dict(self.state(), failed=shown is not None)


def answer(session, request):
    try:
        if request["op"] in ("value", "statements", "expression"):
            return evaluate(request)
        return getattr(session, request["op"])(request)
    except BaseException as error:
        told = {"error": described_error(error)}
        if session.shell is not None:
            told.update(session.state())
        return told


def serve():
    session = Session()
    while True:
        _, body = receive()
        request = from_json(body)
        reply = answer(session, request)
        try:
            encoded = to_json({"reply": reply})
        except BaseException as error:
            encoded = to_json({"reply": {"error": described_error(error)}})
        send(encoded)


KEPT = settle()
serve()
