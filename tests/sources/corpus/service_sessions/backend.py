import hashlib


def table(name="sessions", _tables={"sessions": {}, "nonces": {}}):
    """The table of that name; there is one of each in a process."""
    return _tables[name]


def digest(text):
    return hashlib.sha1(text.encode()).hexdigest()
