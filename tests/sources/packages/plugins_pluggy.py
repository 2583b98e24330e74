# Holder: a plugin manager's registry; plugins are registered for each run, never unregistered.
import pluggy

hookspec = pluggy.HookspecMarker("app")
hookimpl = pluggy.HookimplMarker("app")


class Specs:
    @hookspec
    def started(self, run):
        pass


manager = pluggy.PluginManager("app")
manager.add_hookspecs(Specs)


class RunPlugin:
    def __init__(self, number):
        self.log = [number] * 20

    @hookimpl
    def started(self, run):
        return self.log


def work(count):
    for number in range(count // 30):
        manager.register(RunPlugin(number))  #< call
