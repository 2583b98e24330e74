# After pydantic #3829: models that are made while the program runs, as parameters of a generic model.
# Holder: pydantic.generics._generic_types_cache; _assigned_parameters has as many.
import itertools
from typing import Generic, TypeVar

from pydantic import create_model
from pydantic.generics import GenericModel

Payload = TypeVar("Payload")
numbers = itertools.count()


class Response(GenericModel, Generic[Payload]):
    data: Payload


def answer(number):
    payload = create_model("Payload%d" % number, value=(int, number))
    return Response[payload](data=payload())


def work(count):
    for _ in range(count // 30):
        answer(next(numbers))
