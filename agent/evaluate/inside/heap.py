"""`heap`: questions that the snapshot answers, about the very objects of this copy. The client answers
them; this side turns addresses into objects only when somebody looks at them."""


class Objects:
    """Some objects of the heap, in order. Looks up each one when it is asked for."""

    def __init__(self, addresses, title, labels=None):
        self._addresses, self._title, self._labels = addresses, title, labels

    def __len__(self):
        return len(self._addresses)

    def __getitem__(self, index):
        if isinstance(index, slice):
            labels = self._labels[index] if self._labels else None
            return Objects(self._addresses[index], self._title, labels)
        return object_at(self._addresses[index])

    def __iter__(self):
        for address in self._addresses:
            yield object_at(address)

    def __bool__(self):
        return len(self._addresses) > 0

    @property
    def labels(self):
        """How each of them refers or is referred to; empty where that was not the question."""
        return list(self._labels or [])

    def __repr__(self):
        title = self._title[0 if len(self) == 1 else 1]
        lines = ["%d %s" % (len(self), title) + (":" if len(self) else "")]
        for i in range(min(len(self), 10)):
            label = self._labels[i] + "  " if self._labels else ""
            lines.append("  [%d] %s%s" % (i, label, short_repr(self[i], 100)))
        if len(self) > 10:
            lines.append("  …")
        return "\n".join(lines)


class Rows(list):
    """What heap.sql gives: tuples, printed as a table."""

    def __init__(self, columns, rows, truncated):
        super().__init__(tuple(row) for row in rows)
        self.columns, self.truncated = columns, truncated

    def __repr__(self):
        cells = [[str(c) for c in self.columns]]
        cells += [["NULL" if v is None else str(v) for v in row] for row in self[:50]]
        widths = [min(max(len(row[i]) for row in cells), 60) for i in range(len(self.columns))]
        lines = ["  ".join(v[:60].ljust(w) for v, w in zip(row, widths)).rstrip() for row in cells]
        if len(self) > 50 or self.truncated:
            lines.append("… %s%d rows" % ("more than " if self.truncated else "", len(self)))
        return "\n".join(lines)


class Heap:
    """The snapshot that this copy was taken with.

    heap.by_type('Node')   all instances of a type (its name, or the class itself)
    heap.count('Iq')       how many there are
    heap.object(id)        the object of that id, as whyalive prints ids
    heap.id(o)             the id of an object
    heap.referrers(o)      who refers to it, and how
    heap.path(o)           the shortest way from a root that keeps it alive
    heap.sql('SELECT …')   see docs/sql.md
    heap.frames()          what each thread was doing
    heap.debug()           ipdb's prompt (or pdb's) in the frames of the main thread; heap.debug(ident) of another
    """

    def by_type(self, kind):
        name = self._name(kind)
        return Objects(ask("by_type", name=name), ("of " + name,) * 2)

    def count(self, kind):
        return ask("count", name=self._name(kind))

    def object(self, number):
        return object_at(ask("object", id=number))

    def id(self, o):
        return ask("id", address=id(o))

    def referrers(self, o):
        return self._labelled(ask("referrers", address=id(o)), ("referrer", "referrers"))

    def path(self, o):
        return self._labelled(ask("path", address=id(o)), ("step from a root", "steps from a root"))

    def sql(self, query):
        answer = ask("sql", sql=query)
        return Rows(answer["columns"], answer["rows"], answer["truncated"])

    def frames(self):
        """{thread ident: [frame, …]}, the innermost first."""
        from _thread import get_ident
        found = {}
        for ident, frame in sys._current_frames().items():
            stack = found[ident] = []
            while frame is not None:
                stack.append(frame)
                frame = frame.f_back
        found.pop(get_ident(), None)  # the thread that answers here
        return found

    def debug(self, thread=None):
        """Looks only: there is nothing to step through, since no other thread runs in a copy."""
        found = self.frames()
        if thread is None:
            thread = main_thread_of(found)
        if not found.get(thread):
            raise LookupError("no thread of ident %r was running Python; heap.frames() has those that were" % thread)
        debugger = make_debugger()
        debugger.reset()
        debugger.interaction(found[thread][0], None)

    def __repr__(self):
        return self.__doc__

    @staticmethod
    def _name(kind):
        return type_name(kind) if isinstance(kind, type) else str(kind)

    @staticmethod
    def _labelled(answer, title):
        return Objects([one["address"] for one in answer], title, [one["label"] for one in answer])


def main_thread_of(frames):
    """Where __main__ was run; the interpreter itself takes the thread that answers for the main one here."""
    main = main_module_dict()
    for ident, stack in frames.items():
        if stack and stack[-1].f_globals is main:
            return ident
    return max(frames, default=None)


def make_debugger():
    """IPython's, which is ipdb's, at IPython's prompt; it needs that."""
    shells = sys.modules.get("IPython.core.interactiveshell")
    if shells is not None and shells.InteractiveShell.initialized():
        from IPython.core.debugger import Pdb
    else:
        from pdb import Pdb
    return Pdb()


def ask(question, **details):
    """Asks the client, which has the snapshot."""
    details["ask"] = question
    send(to_json(details))
    kind, body = receive()
    if kind == "A":
        return memoryview(body).cast("Q")
    answer = from_json(body)
    if "error" in answer:
        raise LookupError(answer["error"])
    return answer["answer"]


heap = Heap()
