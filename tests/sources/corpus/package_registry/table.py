HANDLERS = {}
ALIASES = {}


def clear():
    HANDLERS.clear()
