import collections
import dataclasses
import typing


@dataclasses.dataclass(frozen=True)
class Letter:
    to: str
    body: typing.Any
    hops: tuple = ()


class Undelivered(collections.deque):
    """Letters that nobody took, the last one first."""

    def newest(self):
        return self[0] if self else None

    def of(self, name):
        return [letter for letter in self if letter.to == name]
