import dataclasses


@dataclasses.dataclass
class Session:
    user: str
    token: str
    values: dict = dataclasses.field(default_factory=dict)

    def __getitem__(self, key):
        return self.values[key]

    def __setitem__(self, key, value):
        self.values[key] = value


def anonymous():
    return Session("", "")
