# Holder: Plugin.known, a registry of classes made at run time.
class Plugin:
    known = []

    def __init_subclass__(cls, **arguments):
        super().__init_subclass__(**arguments)
        Plugin.known.append(cls)  #< store


def make(number):
    return type("Plugin%d" % number, (Plugin,), {"number": number})  #< also


def work(count):
    for number in range(count // 4):
        make(number)
