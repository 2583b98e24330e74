# Holder: the rate limiter's memory; each address that ever came has a window of a day.
import itertools

from limits import RateLimitItemPerDay
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

LIMIT = RateLimitItemPerDay(1000)
limiter = FixedWindowRateLimiter(MemoryStorage())
numbers = itertools.count()


def request(address):
    if not limiter.hit(LIMIT, address):  #< call
        raise PermissionError(address)


def work(count):
    for number in itertools.islice(numbers, count // 4):
        request("10.%d.%d.%d" % (number >> 16 & 255, number >> 8 & 255, number & 255))
