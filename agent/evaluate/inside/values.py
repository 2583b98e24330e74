"""Describes objects of a program whose code must not be trusted to behave.

Nothing here looks at `__class__`, calls a method of the program that it can avoid, or takes longer than
it was given: `Limit` interrupts a `__repr__` that does. What cannot be interrupted (C code, a lock of a
thread that is no more) the twin ends from outside.
"""
import builtins
import sys
import types
import posix
from _signal import ITIMER_REAL, SIGALRM, setitimer, signal
from time import CLOCK_MONOTONIC, clock_gettime  # `monotonic` is what tests freeze

lost = 0.0  # seconds that this process could have run but others did: no fault of a repr's


def now():
    return clock_gettime(CLOCK_MONOTONIC) - lost


def time_left(end):
    """Seconds until `end`, a time of now(); looks whether the machine is to blame before it says 0."""
    global lost
    if end <= now():
        lost = max(lost, waited_for_processor())
    return end - now()


def waited_for_processor():
    try:
        file = posix.open("/proc/self/schedstat", posix.O_RDONLY)
        try:
            return int(posix.read(file, 100).split()[1]) / 1e9
        finally:
            posix.close(file)
    except (OSError, ValueError, IndexError):
        return 0.0  # a kernel that does not count it


class TooLong(BaseException):
    """Not an Exception, so that the program's own handlers rarely swallow it."""


class Limit:
    """with Limit(seconds): … raises TooLong inside the block. Nests: the nearer end counts."""
    ends = []

    def __init__(self, seconds):
        self.end = now() + seconds

    def __enter__(self):
        Limit.ends.append(self.end)
        Limit.arm()

    def __exit__(self, *_):
        Limit.ends.pop()
        Limit.arm()

    @staticmethod
    def arm():
        # Again and again: what is raised inside a destructor or a callback is lost.
        rest = min(Limit.ends) - now() if Limit.ends else None
        setitimer(ITIMER_REAL, 0 if rest is None else max(rest, 0.001), 0.05)
        if rest is None:
            setitimer(ITIMER_REAL, 0)

    @staticmethod
    def ring(_number, _frame):
        if Limit.ends and time_left(min(Limit.ends)) <= 0:
            raise TooLong()


signal(SIGALRM, Limit.ring)

SHORT_SECONDS = 0.2  # for one short repr among many


def type_name(kind):
    module = type.__getattribute__(kind, "__module__")
    name = type.__getattribute__(kind, "__qualname__")
    if not isinstance(module, str) or module == "builtins":
        return str(name)
    return "%s.%s" % (module, name)


def derives(kind, base):
    return base in type.__getattribute__(kind, "__mro__")


def plain_repr(o):
    return "<%s at 0x%x>" % (type_name(type(o)), id(o))


def guarded(function, o, otherwise, seconds):
    """function(o), or otherwise(reason)."""
    try:
        with Limit(seconds):
            return function(o)
    except TooLong:
        return otherwise("takes too long")
    except RecursionError:
        return otherwise("recurses without end")
    except BaseException as error:  # SystemExit too: it is the program's code that runs
        return otherwise("raises " + type_name(type(error)))


def own_repr(o, seconds=SHORT_SECONDS):
    def instead(reason):
        return "<%s at 0x%x: its repr %s>" % (type_name(type(o)), id(o), reason)

    text = guarded(repr, o, instead, seconds)
    return text if type(text) is str else str.__str__(text)


class Writer:
    """Writes a repr until there is no more room."""

    def __init__(self, room, depth, seconds, longest):
        self.room, self.depth, self.parts, self.cut = room, depth, [], False
        self.longest = longest  # of one text
        self.end = now() + seconds
        self.inside = set()

    def put(self, text):
        if len(text) > self.room:
            text, self.cut = text[:self.room], True
        self.room -= len(text)
        self.parts.append(text)
        return self.room > 0

    def write(self, o, depth=0):
        kind = type(o)
        if kind in BRACKETS and self.room > 0:
            return self.write_container(o, kind, depth)
        return self.put(self.leaf(o, kind))

    def leaf(self, o, kind):
        for text in (str, bytes, bytearray):
            if kind is text or (derives(kind, text) and kind.__repr__ is text.__repr__):
                return self.text(o, text)
        if kind is int and o.bit_length() > 10000:
            return "<int of %d bits>" % o.bit_length()
        if kind in (int, float, bool, type(None), complex):
            return repr(o)
        left = time_left(self.end)
        return own_repr(o, min(left, SHORT_SECONDS * 10)) if left > 0 else plain_repr(o)

    def text(self, o, kind):
        length = kind.__len__(o)
        shown = min(length, self.room, self.longest)
        text = kind.__repr__(kind.__getitem__(o, slice(shown)))
        if shown < length and shown == self.longest:
            return "%s… and %d more" % (text, length - shown)
        self.cut = self.cut or shown < length
        return text

    def write_container(self, o, kind, depth):
        left, right = BRACKETS[kind]
        if depth >= self.depth or id(o) in self.inside:
            return self.put(left + "…" + right)
        self.inside.add(id(o))
        self.put(left)
        first = True
        try:
            for entry in (dict.items(o) if kind is dict else kind.__iter__(o)):
                if not first and not self.put(", "):
                    break
                first = False
                if kind is dict:
                    self.write(entry[0], depth + 1)
                    self.put(": ")
                    entry = entry[1]
                if not self.write(entry, depth + 1):
                    break
        except RuntimeError:  # a repr changed it
            self.put("…")
        if kind is tuple and len(o) == 1:
            self.put(",")
        self.inside.discard(id(o))
        return self.put(right)


BRACKETS = {list: ("[", "]"), tuple: ("(", ")"), dict: ("{", "}"), set: ("{", "}"),
            frozenset: ("frozenset({", "})")}


def long_repr(o, room, seconds=1.0, depth=20, longest=sys.maxsize):
    """(text, whether it was cut)."""
    if type(o) in (set, frozenset) and not o:
        return repr(o), False
    writer = Writer(room, depth, seconds, longest)
    writer.write(o)
    return "".join(writer.parts), writer.cut


def short_repr(o, room=100):
    text, cut = long_repr(o, room, SHORT_SECONDS, 3)
    text = text.replace("\n", " ")
    return text + "…" if cut else text


def text_of(text, room):
    whole = str.__len__(text)
    return {"text": str.__getitem__(text, slice(room)), "length": whole, "cut": whole > room}


def described_repr(o, room):
    text, cut = long_repr(o, room)
    return {"text": text, "length": len(text), "cut": cut}


def described_str(o, room):
    """What str() says, where that is not what repr says."""
    kind = type(o)
    if kind is str or (derives(kind, str) and kind.__str__ is str.__str__):
        return text_of(o, room)
    if kind in PLAIN or kind.__str__ is object.__str__ or issubclass(kind, type):
        return None
    text = guarded(str, o, lambda reason: None, 1.0)
    if not isinstance(text, str) or str.__len__(text) == 0:
        return None
    return text_of(str.__str__(text), room)


PLAIN = (int, float, bool, complex, type(None), list, tuple, dict, set, frozenset, bytes, bytearray,
         types.FunctionType, types.BuiltinFunctionType, types.ModuleType, types.MethodType)
BUFFERS = {"bytes", "bytearray", "memoryview", "array.array", "mmap.mmap", "numpy.ndarray", "_ctypes.Array",
           "_ctypes.Structure"}
COPIED_AT_MOST = 16 << 20  # of buffers that cannot be looked at where they lie


def described_bytes(o, room):
    if not any(type_name(kind) in BUFFERS for kind in type.__getattribute__(type(o), "__mro__")):
        return None
    return guarded(lambda o: hexadecimal(o, room // 2), o, lambda reason: None, SHORT_SECONDS)


def hexadecimal(o, most):
    with memoryview(o) as view:
        if "O" in view.format:  # addresses are no contents
            return None
        try:
            start = view.cast("B")[:most]
        except TypeError:  # not in one piece, or of a format that memoryview does not know
            if view.nbytes > COPIED_AT_MOST:
                return None
            start = view.tobytes()[:most]
        return {"text": start.hex(), "length": view.nbytes, "cut": view.nbytes > most}


def length_of(o):
    if type.__getattribute__(type(o), "__dict__") is None or not hasattr(type(o), "__len__"):
        return None
    length = guarded(len, o, lambda reason: None, SHORT_SECONDS)
    return length if type(length) is int else None


def frame_of(o):
    """The frame of a frame, generator, coroutine, async generator or traceback."""
    for kind, name in ((types.GeneratorType, "gi_frame"), (types.CoroutineType, "cr_frame"),
                       (types.AsyncGeneratorType, "ag_frame"), (types.TracebackType, "tb_frame")):
        if type(o) is kind:
            return getattr(o, name)
    return o if type(o) is types.FrameType else None


def source_of(o):
    frame = frame_of(o)
    if frame is not None:
        line = o.tb_lineno if type(o) is types.TracebackType else frame.f_lineno
        return {"file": frame.f_code.co_filename, "line": line or frame.f_code.co_firstlineno}
    if type(o) is types.MethodType:
        o = o.__func__
    if type(o) is types.FunctionType:
        o = o.__code__
    if type(o) is types.CodeType:
        return {"file": o.co_filename, "line": o.co_firstlineno}
    if type(o) is types.ModuleType:
        file = types.ModuleType.__getattribute__(o, "__dict__").get("__file__")
        return {"file": file, "line": 1} if type(file) is str else None
    return None


def slots_of(o):
    seen = set()
    for kind in type.__getattribute__(type(o), "__mro__"):
        for name, member in type.__getattribute__(kind, "__dict__").items():
            if type(member) is types.MemberDescriptorType and name not in seen:
                seen.add(name)
                try:
                    yield "." + name, member.__get__(o)
                except AttributeError:
                    pass  # empty


def attributes_of(o):
    try:
        names = object.__getattribute__(o, "__dict__")
    except AttributeError:
        names = {}
    if isinstance(names, (dict, types.MappingProxyType)):
        for name, value in list(names.items()):
            yield "." + str(name), value
    if type(o) not in PLAIN:
        yield from slots_of(o)


def entries_of(o):
    """(label, object) of what is in a container; a subclass's own methods are not asked."""
    if isinstance(o, dict):
        for key, value in list(dict.items(o)):
            yield "[%s]" % short_repr(key, 60), value
    elif isinstance(o, (list, tuple)):
        kind = list if isinstance(o, list) else tuple
        for i, value in enumerate(kind.__iter__(o)):
            yield "[%d]" % i, value
    elif isinstance(o, (set, frozenset)):
        kind = set if isinstance(o, set) else frozenset
        for value in list(kind.__iter__(o)):
            yield "{}", value
    elif type(o).__module__ == "collections" and type(o).__name__ == "deque":
        for i, value in enumerate(list(o)):
            yield "[%d]" % i, value


def parts_of(o):
    """Everything that a person would find in an object."""
    frame = frame_of(o)
    if frame is not None:
        for name, value in dict(frame.f_locals).items():
            yield str(name), value
        return
    yield from entries_of(o)
    if type(o) is types.FunctionType:
        for name, cell in zip(o.__code__.co_freevars, o.__closure__ or ()):
            if cell_is_full(cell):
                yield "closure " + name, cell.cell_contents
        for i, value in enumerate(o.__defaults__ or ()):
            yield "default %d" % i, value
    elif type(o) is types.MethodType:
        yield ".__self__", o.__self__
        yield ".__func__", o.__func__
    elif type(o) is types.CellType and cell_is_full(o):
        yield ".cell_contents", o.cell_contents
    yield from attributes_of(o)


def cell_is_full(cell):
    try:
        cell.cell_contents
        return True
    except ValueError:
        return False


def describe(o, wanted):
    room, offset, limit = wanted["textLimit"], wanted["offset"], wanted["limit"]
    parts, items = 0, []
    end = now() + 1.0
    for label, part in parts_of(o):
        if offset <= parts < offset + limit:
            text = short_repr(part) if time_left(end) > 0 else plain_repr(part)
            items.append({"label": label, "type": type_name(type(part)), "repr": text,
                          "address": id(part)})
        parts += 1
    value = {"type": type_name(type(o)), "address": id(o), "repr": described_repr(o, room),
             "itemCount": parts, "items": items}
    for name, found in (("text", described_str(o, room)), ("bytes", described_bytes(o, room)),
                        ("length", length_of(o)), ("source", source_of(o))):
        if found is not None:
            value[name] = found
    return value
