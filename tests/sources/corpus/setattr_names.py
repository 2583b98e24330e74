# Holder: the namespace of one Registry, each entry a name of its own.
class Plugin:
    def __init__(self, number):
        self.options = {"number": number, "name": "plugin %d" % number}


class Registry:
    def install(self, name, plugin):
        setattr(self, "plugin_" + name, plugin)  #< store


registry = Registry()


def work(count):
    start = len(vars(registry))
    for number in range(start, start + count):
        registry.install(str(number), Plugin(number))
