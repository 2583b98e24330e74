# After a bot that reloads plugins: every load makes a module under a name of its own.
# Holder: sys.modules.
import itertools
import sys
import types

numbers = itertools.count()
SOURCE = compile("TABLE = [[i] for i in range(20)]\ndef run(event): return TABLE\n", "<plugin>", "exec")


class PluginLoader:
    def __init__(self):
        self.current = None

    def load(self, name):
        unique = "plugins.%s_%d" % (name, next(numbers))
        module = types.ModuleType(unique)
        exec(SOURCE, module.__dict__)
        sys.modules[unique] = module  #< store
        self.current = module
        return module


loader = PluginLoader()


def work(count):
    for _ in range(count // 5):
        loader.load("weather").run("rain")
