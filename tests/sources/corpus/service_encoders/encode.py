import datetime
import functools


@functools.singledispatch
def encode(value):
    raise TypeError("cannot encode %r" % (value,))


@encode.register
def _(value: datetime.date):
    return value.isoformat()


@encode.register(int)
@encode.register(float)
def _(value):
    return value


@encode.register(list)
def _(value):
    return [encode(one) for one in value]
