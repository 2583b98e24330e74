import contextvars
import itertools

_request = contextvars.ContextVar("request", default=None)
_numbers = itertools.count(1)


class Request:
    __slots__ = ("number", "path", "headers")

    def __init__(self, path):
        self.number = next(_numbers)
        self.path = path
        self.headers = {"host": "example", "path": path}


def enter(path):
    request = Request(path)
    return request, _request.set(request)


def leave(token):
    _request.reset(token)


def current():
    return _request.get()
