# Holder: proxies, a module's dict from id to the wrapped object.
_proxies = {}


class Proxy:
    def __init__(self, target):
        object.__setattr__(self, "_target", target)

    def __getattr__(self, name):
        return getattr(object.__getattribute__(self, "_target"), name)


def wrap(target):
    key = id(target)
    if key in _proxies:
        return _proxies[key]
    return _proxies.setdefault(key, Proxy(target))  #< store


class Device:
    def __init__(self, number):
        self.state = [number] * 10


def work(count):
    for number in range(count):
        wrap(Device(number)).state
