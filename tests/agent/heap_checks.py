"""What must hold for the snapshot of any heap, given what the interpreter itself sees of it
(truth.py). Each function returns what contradicts: nothing, one hopes."""

# Constants of code frozen into the interpreter refer to these without counting.
BORROWED = {"bool", "NoneType", "ellipsis"}
# Types of objects that only C code reaches, so that no walk from Python can see them.
UNSEEN = {"str", "bytes", "tuple", "int", "_thread._localdummy", "managedbuffer", "memoryview"}


def read_visible(path):
    """address → (size, type), as truth.py wrote them."""
    seen = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            number, size, kind = line.rstrip("\n").split(" ", 2)
            seen[int(number)] = (int(size), kind)
    return seen


def missing(snapshot, lasting):
    return [fact for number, fact in lasting.items() if number not in snapshot.id_of]


def extra(snapshot, seen, unseen=frozenset()):
    found = {}
    for number, i in snapshot.id_of.items():
        name = snapshot.type_name(i)
        if number not in seen and name not in UNSEEN and name not in unseen:
            found.setdefault(name, []).append(i)
    return found


def wrong_sizes(snapshot, lasting, is_ours=lambda kind: True):
    wrong = {}
    for number, (size, kind) in lasting.items():
        i = snapshot.id_of.get(number)
        if i is not None and snapshot.size[i] != size and is_ours(kind):
            wrong.setdefault(kind, []).append((snapshot.size[i], size))
    return wrong


def over_counted(snapshot):
    """Objects to which more references are known than they count. Every reference once: what is
    left over is held by C code, what is missing is a lie."""
    counts, over = snapshot.counted_references(), {}
    for i in range(snapshot.count):
        held, known = snapshot.refcount[i], counts[i]
        if held and held < known and snapshot.type_name(i) not in BORROWED:
            over.setdefault(snapshot.type_name(i), []).append((i, held, known))
    return over, counts
