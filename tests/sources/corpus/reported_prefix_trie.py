# After a cloud SDK: each client registers handlers in a trie of nested dicts that outlives it.
# Holder: Emitter._handlers._root … ['values'].
import itertools


class PrefixTrie:
    def __init__(self):
        self._root = {"chunk": None, "children": {}, "values": None}

    def append_item(self, key, value):
        current = self._root
        for part in key.split("."):
            if part not in current["children"]:
                current["children"][part] = {"chunk": part, "children": {}, "values": None}
                current = current["children"][part]
            else:
                current = current["children"][part]
        if current["values"] is None:
            current["values"] = [value]
        else:
            current["values"].append(value)  #< store


class Emitter:
    def __init__(self):
        self._handlers = PrefixTrie()
        self._lookup_cache = {}

    def register(self, event, handler):
        self._handlers.append_item(event, handler)  #< also


class Client:
    def __init__(self, emitter, number):
        self.settings = ["eu-central-%d" % number] * 5
        emitter.register("request-created.s3", self.sign)  #< also

    def sign(self, request):
        return request, self.settings


emitter = Emitter()
numbers = itertools.count()


def work(count):
    for _ in range(count):
        Client(emitter, next(numbers))
