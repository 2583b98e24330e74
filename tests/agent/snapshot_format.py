"""A small reader of the snapshot format, independent of the C++ one: the tests compare what it says
with what the interpreter itself says. It also documents the format: see protocol/snapshot/format.h.
"""
import array
import struct

MAGIC = b"WHYALIVE"
NULL = 0xFFFFFFFF

SECTIONS = {1: "meta", 2: "names", 3: "types", 4: "shapes", 5: "address", 6: "shape", 7: "size",
            8: "refcount", 9: "degree", 10: "edges", 11: "values", 12: "tracked", 13: "modules",
            14: "codes", 15: "frames", 16: "threads", 17: "roots", 18: "native_sizes",
            19: "weakrefs", 20: "pointers"}
LABELS = {0: "native", 1: "attribute", 2: "slot", 3: "dict", 5: "index", 6: "member", 7: "cell",
          8: "local", 9: "default", 10: "self", 11: "wrapped", 12: "context-var",
          13: "thread-local", 14: "weakref-callback", 15: "type", 16: "internal", 17: "back",
          18: "stack", 19: "key", 20: "value", 21: "borrowed-key", 22: "closure"}
NO_TAIL, NATIVE, INDEX, MEMBER, PAIRS, SPLIT_PAIRS, STACK_ITEMS = range(7)
NO_VALUE, TEXT, BLOB, INTEGER, FLOAT = range(5)
FRAME_STATES = {0: "running", 1: "suspended", 2: "created", 3: "completed"}
ROOT_KINDS = {1: "module", 2: "thread", 3: "interpreter", 4: "atexit"}


class Cursor:
    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def varint(self):
        result = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            result |= (byte & 0x7F) << shift
            if byte < 0x80:
                return result
            shift += 7

    def take(self, count):
        piece = bytes(self.data[self.at:self.at + count])
        if len(piece) != count:
            raise ValueError("the section ends early")
        self.at += count
        return piece

    def done(self):
        return self.at == len(self.data)


def unzigzag(value):
    return (value >> 1) ^ -(value & 1)


class Snapshot:
    """Everything in one snapshot, as plain lists indexed by object id."""

    def __init__(self, data):
        data = memoryview(data)
        (magic, version, order, sections, _, self.count, self.edge_count, table, total,
         _) = struct.unpack_from("<8sIIIIQQQQQ", data)
        if magic != MAGIC or version != 1 or order != 0x01020304 or total != len(data):
            raise ValueError("not a snapshot")
        self.bytes = total
        self.sections, self.item_counts = {}, {}
        for i in range(sections):
            kind, packed, offset, stored, raw, items, _ = struct.unpack_from("<IIQQQQQ", data,
                                                                             table + 48 * i)
            assert packed == 0 and stored == raw
            self.sections[SECTIONS[kind]] = data[offset:offset + stored]
            self.item_counts[SECTIONS[kind]] = items
        self._read_tables()
        self._read_columns()

    def _column(self, name):
        cursor = Cursor(self.sections[name])
        column = [cursor.varint() for _ in range(self.count)]
        assert cursor.done(), name
        return column

    def records(self, name):
        outer = Cursor(self.sections.get(name, b""))
        for _ in range(self.item_counts.get(name, 0)):
            yield Cursor(outer.take(outer.varint()))
        assert outer.done(), name

    def _read_tables(self):
        cursor = Cursor(self.sections["names"])
        self.names = [cursor.take(cursor.varint()).decode("utf-8", "surrogatepass")
                      for _ in range(self.item_counts["names"])]
        cursor = Cursor(self.sections["meta"])
        self.meta = {}
        for _ in range(self.item_counts["meta"]):
            key = cursor.take(cursor.varint()).decode()
            self.meta[key] = cursor.take(cursor.varint()).decode("utf-8", "surrogateescape")
        self.types = []
        for r in self.records("types"):
            record = {"module": self.names[r.varint()], "qualname": self.names[r.varint()],
                      "tp_name": self.names[r.varint()], "object": r.varint() - 1,
                      "base": r.varint() - 1, "flags": r.varint(), "basicsize": r.varint(),
                      "itemsize": r.varint()}
            record["mro"] = [r.varint() for _ in range(r.varint())]
            self.types.append(record)
        self.shapes = []
        for r in self.records("shapes"):
            shape = {"type": r.varint(), "tail": r.varint(), "value": r.varint()}
            shape["labels"] = [(LABELS[r.varint()], self._name_or_none(r))
                               for _ in range(r.varint())]
            self.shapes.append(shape)

    def _name_or_none(self, record):
        number = record.varint()
        return self.names[number - 1] if number else None

    def _read_columns(self):
        self.address, previous = [], 0
        for delta in self._column("address"):
            previous += unzigzag(delta) * 8
            self.address.append(previous)
        self.shape = self._column("shape")
        self.size = self._column("size")
        self.refcount = self._column("refcount")
        self.degree = self._column("degree")
        self.edges = array.array("I", bytes(self.sections["edges"]))
        assert len(self.edges) == self.edge_count == sum(self.degree)
        self.start, total = [], 0
        for degree in self.degree:
            self.start.append(total)
            total += degree
        self.id_of = {address: i for i, address in enumerate(self.address)}
        assert len(self.id_of) == self.count, "an address appears twice"
        tracked = self.sections["tracked"]
        self.tracked = [bool(tracked[i // 8] >> i % 8 & 1) for i in range(self.count)]
        self._read_values()

    def _read_values(self):
        cursor = Cursor(self.sections["values"])
        self.values = {}
        for i in range(self.count):
            kind = self.shapes[self.shape[i]]["value"]
            if kind in (TEXT, BLOB):
                head = cursor.varint()
                whole = cursor.varint() if head & 1 else None
                piece = cursor.take(head >> 1)
                if kind == TEXT:
                    piece = piece.decode("utf-8", "surrogatepass")
                self.values[i] = (piece, whole)
            elif kind == INTEGER:
                v = cursor.varint()
                self.values[i] = ("bits", v >> 1) if v & 1 else unzigzag(v >> 1)
            elif kind == FLOAT:
                self.values[i], = struct.unpack("<d", cursor.take(8))
        assert cursor.done()

    def type_of(self, i):
        return self.types[self.shapes[self.shape[i]]["type"]]

    def type_name(self, i):
        kind = self.type_of(i)
        return kind["qualname"] if kind["module"] == "builtins" else "%s.%s" % (
            kind["module"], kind["qualname"])

    def references(self, i):
        """(label kind, name or position or key id, target id) of every edge that is not null."""
        shape = self.shapes[self.shape[i]]
        labels, tail = shape["labels"], shape["tail"]
        targets = self.edges[self.start[i]:self.start[i] + self.degree[i]]
        assert len(targets) >= len(labels), "fewer edges than labels"
        for (kind, name), target in zip(labels, targets):
            if target != NULL:
                yield kind, name, target
        rest = targets[len(labels):]
        for position, target in enumerate(rest):
            if target == NULL:
                continue
            if tail in (PAIRS, SPLIT_PAIRS):
                key = rest[position - position % 2]
                if position % 2:
                    yield "value", key, target
                else:
                    yield ("key" if tail == PAIRS else "borrowed-key"), key, target
            else:
                yield {NATIVE: "native", INDEX: "index", MEMBER: "member",
                       STACK_ITEMS: "stack"}[tail], position, target

    def frames(self):
        for r in self.records("frames"):
            frame = {"state": FRAME_STATES[r.varint()], "frame": r.varint() - 1,
                     "owner": r.varint() - 1, "code": r.varint(), "line": r.varint(),
                     "thread": r.varint() - 1, "depth": r.varint()}
            frame["held"] = [(self._name_or_none(r), r.varint(), LABELS[r.varint()])
                             for _ in range(r.varint())]
            frame["borrowed"] = {r.varint() for _ in range(r.varint())} if not r.done() else set()
            yield frame

    def codes(self):
        return {r.varint(): {"file": self.names[r.varint()], "name": self.names[r.varint()],
                             "qualname": self.names[r.varint()], "line": r.varint()}
                for r in self.records("codes")}

    def modules(self):
        return [{"object": r.varint(), "name": self.names[r.varint()],
                 "file": self._name_or_none(r), "dict": r.varint() - 1}
                for r in self.records("modules")]

    def threads(self):
        return [{"ident": r.varint(), "tid": r.varint(), "name": self._name_or_none(r),
                 "flags": r.varint()} for r in self.records("threads")]

    def roots(self):
        return [{"kind": ROOT_KINDS[r.varint()], "name": self._name_or_none(r),
                 "object": r.varint(), "counted": r.varint()} for r in self.records("roots")]

    def native_sizes(self):
        """(object, bytes beyond its size, identity of the buffer; 0: its own)"""
        return [(r.varint(), r.varint(), r.varint()) for r in self.records("native_sizes")]

    def weakrefs(self):
        return {r.varint(): r.varint() for r in self.records("weakrefs")}

    def counted_references(self):
        """How often each object is referenced, as far as the snapshot knows."""
        counts = [0] * self.count
        for i in range(self.count):
            for kind, _, target in self.references(i):
                if kind != "borrowed-key":
                    counts[target] += 1
        for root in self.roots():
            if root["counted"]:
                counts[root["object"]] += 1
        for frame in self.frames():
            for i, (_, target, _) in enumerate(frame["held"]):
                counts[target] += i not in frame["borrowed"]
        return counts
