# Holder: the attribute cache of a threading.local.
import threading

state = threading.local()


def remember(key, value):
    if not hasattr(state, "cache"):
        state.cache = {}
    state.cache[key] = value  #< store


def work(count):
    start = len(getattr(state, "cache", ()))
    for number in range(start, start + count):
        remember("key %d" % number, {"number": number, "text": "value %d" % number})
