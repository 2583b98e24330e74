# After a home-automation hub: a signal's targets, whose remove functions nobody calls.
# Holder: Hub.data['dispatcher'][signal].
import functools

DATA_DISPATCHER = "dispatcher"


class Hub:
    def __init__(self):
        self.data = {}


class Job:
    def __init__(self, target):
        self.target = target
        self.extra = [target.name] * 10


class Entity:
    def __init__(self, hub, number):
        self.name = "light %d" % number
        connect(hub, "update", self.refresh_state)

    def refresh_state(self):
        return self.name


class Target:
    def __init__(self, function):
        self.function = function
        self.name = function.__self__.name


def remove_dispatcher(dispatchers, signal, target):
    del dispatchers[signal][target]


def connect(hub, signal, function):
    if DATA_DISPATCHER not in hub.data:
        hub.data[DATA_DISPATCHER] = {}
    dispatchers = hub.data[DATA_DISPATCHER]
    if signal not in dispatchers:
        dispatchers[signal] = {}
    target = Target(function)
    dispatchers[signal][target] = Job(target)  #< store
    return functools.partial(remove_dispatcher, dispatchers, signal, target)


hub = Hub()


def work(count):
    for number in range(count):
        Entity(hub, number)
