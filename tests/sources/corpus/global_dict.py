# Holder: the global _CACHE.
_CACHE = {}
_TABLE = {"a": 1}


class Page:
    def __init__(self, url):
        self.url = url
        self.body = "<html>" + url * 10


def fetch(url):
    if url not in _CACHE:
        _CACHE[url] = Page(url)  #< store
    return _CACHE[url]


def work(count):
    start = len(_CACHE)
    for number in range(start, start + count):
        fetch("http://example.invalid/%d" % number)
