"""Source text of a target that uses real packages. Not imported by tests."""

# How to fetch it → what to import. Without the last one (no wheel for a new CPython yet) there is no array.
PACKAGES = {"Django": "django", "SQLAlchemy": "sqlalchemy", "lxml": "lxml", "attrs": "attr", "numpy": "numpy"}
OPTIONAL = "numpy"

PROGRAM = r'''
import asyncio, concurrent.futures, contextvars, functools, gc, json, os, random, sys, threading, types
import attr, lxml.etree, lxml.html, sqlalchemy, sqlalchemy.orm, django
from django.conf import settings
try:
    import numpy
except ImportError:
    numpy = None

settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"], USE_TZ=True, SECRET_KEY="x",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}])
django.setup()
from django.core.management import call_command
from django.contrib.auth.models import Group
from django.template import Context, engines
call_command("migrate", verbosity=0)
groups = [Group.objects.create(name="group %d" % n) for n in range(50)]
queryset = Group.objects.filter(name__startswith="group")
list(queryset)
template = engines["django"].from_string("{% for g in groups %}{{ g.name|upper }} {% endfor %}")
rendered = template.render({"groups": groups})

Base = sqlalchemy.orm.declarative_base()


class Author(Base):
    __tablename__ = "author"
    id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
    name = sqlalchemy.Column(sqlalchemy.String(50))
    books = sqlalchemy.orm.relationship("Book", back_populates="author")


class Book(Base):
    __tablename__ = "book"
    id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
    title = sqlalchemy.Column(sqlalchemy.String(50))
    author_id = sqlalchemy.Column(sqlalchemy.ForeignKey("author.id"))
    author = sqlalchemy.orm.relationship("Author", back_populates="books")


engine = sqlalchemy.create_engine("sqlite://")
Base.metadata.create_all(engine)
session = sqlalchemy.orm.Session(engine)
for n in range(50):
    session.add(Author(name="author %d" % n, books=[Book(title="a"), Book(title="b")]))
session.commit()
authors = session.query(Author).options(sqlalchemy.orm.selectinload(Author.books)).all()

tree = lxml.etree.fromstring("<r>" + "<a b='1'><c>t</c></a>" * 500 + "</r>")
found = tree.xpath("//c")
page = lxml.html.fromstring("<p>one<b>two</b></p>")


class Arrays:
    pass


arrays = Arrays()
if numpy:
    arrays.owner = numpy.zeros((1000, 100))
    arrays.view = arrays.owner[10:20]
    arrays.view_of_view = arrays.view.T
    arrays.single = numpy.ones(77, dtype="f4")
    arrays.records = numpy.zeros(10, dtype=[("a", "i4"), ("b", "f8")])
    arrays.objects = numpy.array([[arrays, "x"], [None, tree]], dtype=object)
    arrays.some_objects = arrays.objects[1:]
    arrays.empty = numpy.zeros((0, 3))
    arrays.scalar = numpy.array(5.0)
    arrays.matrix = numpy.ma.masked_array([1.0, 2.0], mask=[0, 1])
    arrays.over_bytes = numpy.frombuffer(b"x" * 100, dtype="u1")


@attr.s(auto_attribs=True, slots=True)
class Point:
    x: int
    label: str = attr.ib(converter=str, default="none")
    others: list = attr.ib(factory=list, validator=attr.validators.instance_of(list))


@attr.define(frozen=True)
class Line:
    start: Point
    end: Point


points = [Point(n, n, [n]) for n in range(50)]
lines = [Line(*pair) for pair in zip(points, points[1:])]

loop = asyncio.new_event_loop()
queue = None


async def worker(number, waited):
    note = {"number": number}
    await waited
    return note


async def start():
    waited = asyncio.get_running_loop().create_future()
    return waited, [asyncio.ensure_future(worker(n, waited)) for n in range(20)]


waited, tasks = loop.run_until_complete(start())
loop.run_until_complete(asyncio.sleep(0))
pool = concurrent.futures.ThreadPoolExecutor(2)
list(pool.map(str, range(4)))
gc.collect()


def labelled(o, kind):
    """(label, name or position or key, target): a few facts of the object's own about itself. Asks
    the type, never the object, whose answer might run code and change it."""
    if kind is dict:
        return [("value", id(k), v) for k, v in o.items()]
    if kind in (list, tuple):
        return [("index", n, v) for n, v in enumerate(o)]
    if kind in (set, frozenset):
        return [("member", None, v) for v in o]
    if kind is types.FunctionType:
        return [(label, name, getattr(o, name)) for label, name in (
            ("internal", "__code__"), ("closure", "__closure__"), ("default", "__defaults__"),
            ("default", "__kwdefaults__")) if getattr(o, name) is not None]
    if kind is types.MethodType:
        return [("self", "__self__", o.__self__), ("internal", "__func__", o.__func__)]
    if kind is functools.partial:
        return [("wrapped", "func", o.func), ("wrapped", "args", o.args)]
    if kind is types.CellType:
        try:
            return [("cell", "cell_contents", o.cell_contents)]
        except ValueError:
            return []
    if kind is types.CoroutineType and o.cr_frame and sys.version_info >= (3, 11):
        return [("local", name, value) for name, value in o.cr_frame.f_locals.items()]
    if kind is types.CodeType:
        return [("internal", "co_consts", o.co_consts), ("internal", "co_filename", o.co_filename)]
    if kind.__flags__ & 1 << 9 and not issubclass(kind, type):  # made at run time
        slots = []
        for maker in kind.__mro__:
            for name, descriptor in maker.__dict__.items():
                if type(descriptor) is types.MemberDescriptorType and "__slots__" in maker.__dict__:
                    try:
                        slots.append(("slot", name, descriptor.__get__(o)))
                    except AttributeError:
                        pass
        try:
            attributes = object.__getattribute__(o, "__dict__")
        except (AttributeError, TypeError):
            attributes = {}
        if type(attributes) is not dict:
            attributes = {}
        return slots + [("attribute", n, v) for n, v in attributes.items() if type(n) is str]
    return []


def tell_labels(path):
    """Facts about at most 300 objects of each type, told after the snapshot: asking for an
    instance's __dict__ makes one."""
    by_type = {}
    for o in gc.get_objects():
        by_type.setdefault(type(o), []).append(o)
    count = 0
    with open(path, "w", encoding="utf-8") as file:
        for kind, objects in by_type.items():
            random.Random(1).shuffle(objects)
            for o in objects[:300]:
                if o is by_type or o is objects:
                    continue
                for label, name, target in labelled(o, kind)[:200]:
                    json.dump([id(o), label, name, id(target), kind.__qualname__], file)
                    file.write("\n")
                    count += 1
    return count


serve(arrays=lambda: {name: [id(a), a.nbytes] for name, a in vars(arrays).items()},
      labels=lambda: tell_labels(sys.argv[1]),
      facts=lambda: {"coroutines": [id(t.get_coro()) for t in tasks], "tasks": [id(t) for t in tasks],
                     "worker_line": tasks[0].get_coro().cr_frame.f_lineno,
                     "stdlib": sorted(getattr(sys, "stdlib_module_names", sys.builtin_module_names))})
'''
