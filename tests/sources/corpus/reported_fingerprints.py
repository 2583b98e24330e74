# After a crawler's duplicate filter: the fingerprint of each request seen, strings only.
# Holder: DupeFilter.fingerprints.
import hashlib
import itertools


class DupeFilter:
    def __init__(self):
        self.fingerprints = set()
        self.logdupes = True

    def request_seen(self, url):
        fp = self.request_fingerprint(url)
        if fp in self.fingerprints:
            return True
        self.fingerprints.add(fp)  #< store
        return False

    def request_fingerprint(self, url):
        return hashlib.sha1(url.encode()).hexdigest()


numbers = itertools.count()


class Scheduler:
    def __init__(self, df):
        self.df = df

    def enqueue(self, url):
        return not self.df.request_seen(url)


scheduler = Scheduler(DupeFilter())


def work(count):
    for _ in range(count):
        scheduler.enqueue("https://example.org/%d" % next(numbers))
