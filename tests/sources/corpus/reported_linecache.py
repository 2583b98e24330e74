# After libraries that generate methods: the text of each generated function is kept for tracebacks.
# Holder: linecache.cache.
import itertools
import linecache

numbers = itertools.count()


def compile_method(name, script):
    filename = "<generated %s %d>" % (name, next(numbers))
    linecache.cache[filename] = (len(script), None, script.splitlines(True), filename)  #< store
    scope = {}
    exec(compile(script, filename, "exec"), scope)
    return scope[name]


def make_reader(fields):
    lines = ["def read(source):"] + ["    source.get(%r)" % field for field in fields]
    return compile_method("read", "\n".join(lines))


def work(count):
    for number in range(count // 5):
        make_reader(["a%d" % number, "b", "c"])({})
