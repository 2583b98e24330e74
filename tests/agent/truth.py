"""Source text that a target runs to say what it can see of its own heap. Not imported by tests."""

TRUTH = r'''
import array, gc, json, sys, types


rows, kinds, kind_numbers = array.array("Q"), [], {}
CODE_PARTS = [n for n in ("co_consts", "co_names", "co_filename", "co_name", "co_qualname",
                          "co_exceptiontable", "co_linetable") if hasattr(types.CodeType, n)]


def visible():
    """Notes number, size and type of every object that the collector lists or a walk of referents
    reaches, type objects and parts of code objects included."""
    get_referents, getsizeof, append = gc.get_referents, sys.getsizeof, rows.append
    del rows[:]
    seen, stack = set(), gc.get_objects()
    mine = {id(seen), id(stack), id(sys._getframe()), id(append), id(rows)}
    mine.add(id(mine))
    while stack:
        o = stack.pop()
        number = id(o)
        if number in seen or number in mine:
            continue
        seen.add(number)
        kind = type(o)
        if kind not in kind_numbers:
            kind_numbers[kind] = len(kinds)
            kinds.append(kind)
        append(number)
        append(getsizeof(o))
        append(kind_numbers[kind])
        stack.append(kind)
        stack.extend(get_referents(o))
        if kind is types.CodeType:
            stack.extend(map(getattr, [o] * len(CODE_PARTS), CODE_PARTS))
        elif issubclass(kind, type):
            stack.append(type.__getattribute__(o, "__mro__"))
            stack.append(type.__getattribute__(o, "__bases__"))
            stack.extend(get_referents(type.__dict__["__dict__"].__get__(o)))


def tell_visible(path):
    visible()
    with open(path, "w", encoding="utf-8") as file:
        for i in range(0, len(rows), 3):
            kind = kinds[rows[i + 2]]
            file.write("%d %d %s.%s\n" % (rows[i], rows[i + 1], kind.__module__, kind.__qualname__))
    return len(rows) // 3


def serve(**answers):
    print("ready", flush=True)
    for line in sys.stdin:
        name, _, argument = line.rstrip("\n").partition(" ")
        answer = tell_visible(argument) if name == "visible" else answers[name]()
        print(json.dumps(answer), flush=True)
'''
