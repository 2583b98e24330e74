"""Source text of a target that keeps one of nearly everything, and says which references it must be
seen to keep. Follows the text of truth.py. Not imported by tests."""

ZOO = r'''
import asyncio, ast, atexit, bisect, codecs, bz2, collections, concurrent.futures, contextvars, copy, csv, ctypes
import datetime, decimal, dataclasses, email.message, enum, fractions, functools, hashlib, heapq
import http.client, inspect, io, itertools, logging, lzma, mmap, multiprocessing, operator, os
import pickle, queue, random, re, select, socket, sqlite3, statistics, string, struct, subprocess
import threading, time, traceback, typing, uuid, weakref, xml.etree.ElementTree, zlib

expected, sized = [], []


def expect(holder, kind, name, target):
    """The holder refers to the target under this label. `name`: a name, a position or a key."""
    if kind == "value":
        name = id(name)
    expected.append((id(holder), kind, name, id(target), type(holder).__qualname__))


class Plain:
    def __init__(self):
        self.number = 10 ** 20
        self.items = [2]


class Child(Plain):
    pass


class Slots:
    __slots__ = ("left", "right", "__weakref__")


class SlotsChild(Slots):
    __slots__ = ("more",)


class SlotsAndDict(Slots):
    pass


class List(list): pass
class Dict(dict): pass
class Tuple(tuple): pass
class Int(int): pass
class Str(str): pass
class Bytes(bytes): pass
class Float(float): pass
class Set(set): pass
class FrozenSet(frozenset): pass
class Ordered(collections.OrderedDict): pass
class Deque(collections.deque): pass
class Default(collections.defaultdict): pass
class Partial(functools.partial): pass
class Error(Exception): pass
class Meta(type): pass
class MetaMade(metaclass=Meta): pass
class SlottedTuple(tuple): __slots__ = ()
class NoDictInt(int): __slots__ = ()
class Colour(enum.Enum): RED = 1; BLUE = 2
Point = collections.namedtuple("Point", "x y")


@dataclasses.dataclass
class Data:
    x: int = 1
    y: str = "s"


kept = [Plain(), Child(), Slots(), SlotsChild(), SlotsAndDict(), List([1, 2]), Dict(a=1),
        Tuple((1, 2)), Int(7), Int(10 ** 40), Str("xx"), Str("\xe9"), Str("\u4444"), Bytes(b"abc"),
        Float(1.5), Set({1}), FrozenSet({2}), Ordered(a=1), Deque([1]), Default(list), Error("e"),
        Partial(print, 1), MetaMade(), SlottedTuple((1,)), NoDictInt(3), Point(1, 2), Data(),
        Colour.RED]
for one in kept:
    if hasattr(one, "__dict__") and not isinstance(one, (Point, enum.Enum)):
        one.extra = [object()]
        if isinstance(one, Plain) or sys.version_info >= (3, 11) and type(one) is Error:
            pass

# ---- instances ----
inline, by_dict, many, shrunk = Plain(), Plain(), Plain(), Plain()
by_dict.__dict__["items"] = by_dict.items
for number in range(40):
    setattr(many, "attribute%d" % number, [number])
del shrunk.number
kept += [inline, by_dict, many, shrunk]
if sys.version_info >= (3, 11):
    expect(inline, "attribute", "items", inline.items)
expect(many, "dict", "__dict__", many.__dict__)
expect(many.__dict__, "value", [k for k in many.__dict__ if k == "attribute7"][0], many.attribute7)
expect(inline, "type", None, Plain)
slotted = SlotsChild()
slotted.left, slotted.right, slotted.more = [1], [2], [3]
expect(slotted, "slot", "left", slotted.left)
expect(slotted, "slot", "right", slotted.right)
expect(slotted, "slot", "more", slotted.more)
both = SlotsAndDict()
both.left, both.extra = [1], [2]
expect(both, "slot", "left", both.left)

# ---- containers ----
element, key = [object()], ("key", 1)
for holder in ([element], (element,), List([element]), Tuple((element,)), Point(element, 1)):
    kept.append(holder)
    expect(holder, "index", 0, element)
sets = [{key}, frozenset([key]), Set([key]), set(range(1000)) | {key}]
for holder in sets:
    expect(holder, "member", None, key)
removed = set(range(100)) - set(range(0, 100, 2))
long_deque = collections.deque([[n] for n in range(500)])
for position in (0, 63, 64, 65, 300, 499):
    expect(long_deque, "member", None, long_deque[position])
long_deque.rotate(17)
long_deque.popleft()
for holder in ({key: element}, Dict({key: element}), Ordered({key: element}),
               collections.OrderedDict({key: element}), collections.defaultdict(list, {key: element}),
               Default(list, {key: element}), collections.Counter({key: element})):
    kept.append(holder)
    expect(holder, "value", key, element)
    expect(holder, "key", None, key)
factory = collections.defaultdict(element.copy)
expect(factory, "slot", "default_factory", factory.default_factory)
big_dict = {n: [n] for n in range(1000)}
for number in range(0, 1000, 3):
    del big_dict[number]
mixed = {"a": 1, 2: [3], (4,): [5]}

# ---- functions ----
captured, default = {"captured": 1}, [1]


def outer(first, second=default, *, third={}):
    return lambda: (first, second, third)


outer.attribute = [1]
inner = outer(captured)
expect(outer, "default", "__defaults__", outer.__defaults__)
expect(outer, "default", "__kwdefaults__", outer.__kwdefaults__)
expect(outer, "internal", "__code__", outer.__code__)
expect(outer, "internal", "__globals__", globals())
expect(outer, "dict", "__dict__", outer.__dict__)
expect(inner, "closure", "__closure__", inner.__closure__)
for name, cell in zip(inner.__code__.co_freevars, inner.__closure__):
    if name == "first":
        expect(cell, "cell", "cell_contents", captured)
bound, appended = inline.__init__, element.append
expect(bound, "self", "__self__", inline)
expect(bound, "internal", "__func__", Plain.__init__)
expect(appended, "self", "__self__", element)
slot_wrapper = element.__len__
expect(slot_wrapper, "self", "__self__", element)
part = functools.partial(outer, captured, third=element)
expect(part, "wrapped", "func", outer)
expect(part, "wrapped", "args", part.args)
expect(part, "wrapped", "keywords", part.keywords)


class Decorated:
    prop = property(outer)
    cls = classmethod(outer)
    static = staticmethod(outer)

    @functools.cached_property
    def cached(self):
        return [1]

    @functools.lru_cache(maxsize=10)
    def remembered(self, x):
        return [x]


expect(Decorated.__dict__["prop"], "slot", "fget", outer)
expect(Decorated.__dict__["cls"], "wrapped", "__func__", outer)
expect(Decorated.__dict__["static"], "wrapped", "__func__", outer)
decorated = Decorated()
remembered = decorated.remembered(key)
decorated.remembered(2)
expect(Decorated.remembered, "wrapped", "__wrapped__", Decorated.remembered.__wrapped__)


@functools.lru_cache(maxsize=None)
def unbounded(x):
    return [x]


unbounded(key)

# ---- types, modules, descriptors ----
expect(Child, "internal", "__mro__", Child.__mro__)
expect(Child, "internal", "__bases__", Child.__bases__)
expect(Child, "internal", "__base__", Plain)
expect(MetaMade, "type", None, Meta)
expect(sys.modules["os"], "dict", "__dict__", os.__dict__)
expect(sys.modules["os"].__dict__, "value", [k for k in os.__dict__ if k == "path"][0], os.path)

# ---- suspended code ----
def keeper(suspended, frame):
    """Until 3.10 the frame of a generator is an object of its own, which holds the variables."""
    return suspended if sys.version_info >= (3, 11) else frame


def generate(argument):
    local = [argument]
    for step in range(3):
        yield local


running, created, finished = generate(captured), generate(key), generate(1)
local_of_running = next(running)
list(finished)
expect(keeper(running, running.gi_frame), "local", "local", local_of_running)
expect(keeper(running, running.gi_frame), "local", "argument", captured)
expect(keeper(created, created.gi_frame), "local", "argument", key)


class Awaits:
    def __await__(self):
        yield self


async def wait_for(argument):
    mine = {"mine": argument}
    await awaited
    return mine


awaited = Awaits()
coroutine = wait_for(captured)
coroutine.send(None)
expect(keeper(coroutine, coroutine.cr_frame), "local", "argument", captured)


async def produce(argument):
    while True:
        yield argument


producer = produce(captured)
try:
    producer.__anext__().send(None)
except StopIteration:
    pass
expect(keeper(producer, producer.ag_frame), "local", "argument", captured)


def fail(argument):
    inside = [argument]
    raise Error("bad", inside)


try:
    try:
        fail(captured)
    except Error as first_error:
        raise ValueError("worse") from first_error
except ValueError as error:
    failure = error
expect(failure, "slot", "__cause__", failure.__cause__)
expect(failure, "slot", "args", failure.args)
expect(failure, "slot", "__traceback__", failure.__traceback__)
expect(failure.__traceback__, "slot", "tb_frame", failure.__traceback__.tb_frame)
dead_traceback = failure.__cause__.__traceback__.tb_next
expect(dead_traceback.tb_frame, "local", "argument", captured)
expect(dead_traceback.tb_frame, "local", "inside", failure.__cause__.args[1])
missing_file = None
try:
    open("/nonexistent/file")
except OSError as error:
    missing_file = error
expect(missing_file, "slot", "filename", missing_file.filename)

# ---- weak references, contexts, thread locals ----
callback = element.append
watched = Plain()
weak = weakref.ref(watched, callback)
expect(weak, "weakref-callback", "__callback__", callback)
weak_values, weak_keys = weakref.WeakValueDictionary(a=watched), weakref.WeakKeyDictionary({watched: 1})
weak_set, proxy = weakref.WeakSet([watched]), weakref.proxy(watched)
finalizer = weakref.finalize(watched, print)
variable = contextvars.ContextVar("variable", default=element)
context_value = {"context": 1}
token = variable.set(context_value)
context = contextvars.copy_context()
expect(variable, "default", "default", element)
expect(token, "slot", "var", variable)
many_variables = [contextvars.ContextVar("v%d" % n) for n in range(60)]
for one in many_variables:
    one.set([one])
wide_context = contextvars.copy_context()
local = threading.local()
local.value = [1]
waiting = threading.Event()
started = threading.Event()


def wait_in_thread(argument):
    here = [argument]
    local.value = here
    started.set()
    waiting.wait()


thread = threading.Thread(target=wait_in_thread, args=(captured,), name="the waiter", daemon=True)
thread.start()
started.wait()

# ---- what the interpreter itself holds ----
def at_the_end(argument, *, key):
    pass


def before_fork():
    pass


def audit(event, arguments):
    pass


def search_codec(name):
    pass


at_the_end_argument = {"argument": 1}
atexit.register(at_the_end, at_the_end_argument, key=captured)
os.register_at_fork(before=before_fork)
sys.addaudithook(audit)
codecs.register(search_codec)

# ---- memory outside Python's own ----
mapping = mmap.mmap(-1, 123456)
view_of_mapping = memoryview(mapping)[10:]
text_buffer = io.StringIO()
text_buffer.write("abc" * 1000)
text_buffer.seek(1)
text_buffer.read(1)
written_text = io.StringIO()
for _ in range(1000):
    written_text.write("abcdef"[:3])
c_array, c_number = (ctypes.c_char * 5000)(), ctypes.c_int(3)
c_part = ctypes.c_char.from_buffer(c_array, 10)
byte_array = bytearray(1000)
view_of_byte_array = memoryview(byte_array)

# ---- what a pickler remembers ----
class Remembered:
    pass


remembered = Remembered()
pickler = pickle.Pickler(io.BytesIO())
pickler.dump([remembered])
unpickler = pickle.Unpickler(io.BytesIO(pickle.dumps([{"unpickled": []}])))
unpickled = unpickler.load()

# ---- the rest of the library ----
class Structure(ctypes.Structure):
    _fields_ = [("a", ctypes.c_int), ("b", ctypes.POINTER(ctypes.c_int))]


structure = Structure()
structure.b = ctypes.pointer(ctypes.c_int(3))
names_cached = "caf\u00e9 \u4e2d\u6587"
names_cached.encode()
growing = []
for number in range(100):
    growing.append(number)
kept += [
    array.array("d", range(100)), array.array("i"), bytearray(b"x" * 100), bytearray(),
    mmap.mmap(-1, 8192), memoryview(b"abc"), range(10), range(10 ** 30), slice(1, 2), 1j, 10 ** 100,
    -5, -(10 ** 30), 0, True, 3.14, "\xe9" * 50, "\u4e2d" * 50, "\U0001f600" * 5, "a" * 1000, b"",
    b"x" * 500, [0] * 1000, collections.deque(maxlen=3), collections.ChainMap({}, {}),
    io.BytesIO(b"x" * 100), io.BytesIO(), io.StringIO("abc"), struct.Struct("<iiq"),
    re.compile("a(b)c"), re.match("a(b)", "ab"), decimal.Decimal("1.5"), decimal.getcontext(),
    datetime.datetime.now(), datetime.datetime.now(datetime.timezone.utc), datetime.date.today(),
    datetime.timedelta(1), fractions.Fraction(1, 3), random.Random(1),
    xml.etree.ElementTree.fromstring("<a x='1'><b/>t<c/><d/><e/><f/><g/></a>"),
    hashlib.md5(b"x"), zlib.compressobj(), threading.Lock(), threading.RLock(), threading.Condition(),
    operator.attrgetter("a"), operator.itemgetter(1), operator.methodcaller("x", 1),
    itertools.count(), itertools.chain([1], [2]), itertools.islice([1], 1), itertools.tee([1])[0],
    itertools.cycle([1]), itertools.groupby([1]), iter([1]), iter({1: 2}), iter((1,)), iter("abc"),
    iter({1}), iter(int, 1), enumerate([1]), zip([1]), map(str, [1]), filter(None, [1]),
    reversed([1]), types.SimpleNamespace(a=1, b=[2]), types.MappingProxyType({}), typing.List[int],
    list[int], typing.Optional[int], uuid.uuid4(), ctypes.c_int(5), (ctypes.c_int * 10)(),
    ctypes.create_string_buffer(100), sqlite3.connect(":memory:"), csv.reader([]), queue.Queue(),
    queue.SimpleQueue(), logging.getLogger("a.b"), os.stat("/"), time.localtime(),
    pickle.Pickler(io.BytesIO()), pickle.Unpickler(io.BytesIO(b"")), itertools.product([1], [2, 3]),
    itertools.permutations([1, 2, 3], 2), itertools.combinations([1, 2, 3], 2),
    itertools.combinations_with_replacement([1, 2], 2), decimal.Decimal(10) ** 200, {}.keys(), {1: 2}.items(), {1: 2}.values(), object(), open(os.devnull),
    open(os.devnull, "rb"), open(os.devnull, "r+b"), open(os.devnull, "wb", 0), ast.parse("a+b*c"),
    inspect.signature(outer), bz2.BZ2Compressor(), lzma.LZMACompressor(), select.epoll(),
    socket.socket(), types.ModuleType("made"), string.Template("$a"), email.message.Message(),
    asyncio.new_event_loop(), concurrent.futures.Future(), super(Child, Child()), ..., NotImplemented]
if sys.version_info >= (3, 15):
    frozen_dict = frozendict({key: element, "a": [1]})
    expect(frozen_dict, "value", key, element)
    expect(frozen_dict, "key", None, key)
# Looks like the interpreter's own dict of interned strings, but counts.
own_interned = {name: name for name in map("interned by hand {}".format, range(1000))}
expect(own_interned, "key", None, next(iter(own_interned)))
'''
