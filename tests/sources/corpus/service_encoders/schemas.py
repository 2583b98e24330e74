from .encode import encode

_stats = {}


class Row:
    __slots__ = ("values",)
    names = ()

    def __init__(self, values):
        self.values = values


class Schema:
    def __init__(self, name, columns):
        self.name = name
        self.columns = columns
        self.row = type("Row_" + name, (Row,), {"__slots__": (), "names": tuple(columns)})
        self._install()

    def _install(self):
        columns = list(self.columns)

        @encode.register(self.row)  #< store
        def encode_row(row):
            return dict(zip(columns, row.values))

        _stats["installed"] = _stats.get("installed", 0) + 1

    def encode(self, values):
        return encode(self.row(values))
