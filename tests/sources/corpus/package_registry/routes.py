from .table import ALIASES, HANDLERS


class Route:
    def __init__(self, path, number):
        self.path = path
        self.methods = {"GET": number}


def add(path, number):
    key = "%s#%d" % (path, len(HANDLERS))
    HANDLERS[key] = Route(path, number)  #< store
    ALIASES["last"] = key
