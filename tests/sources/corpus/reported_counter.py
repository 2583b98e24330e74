# After a rate limiter: hits are counted by address, and addresses never expire.
# Holder: RateLimiter.hits, a Counter.
import collections
import itertools


class RateLimiter:
    def __init__(self, limit):
        self.limit = limit
        self.hits = collections.Counter()

    def allow(self, address):
        self.hits[address] += 1  #< store
        return self.hits[address] <= self.limit


limiter = RateLimiter(100)
numbers = itertools.count()


def work(count):
    for _ in range(count):
        limiter.allow("2001:db8::%x" % next(numbers))
