# Holder: the default argument of backend.table(), a dict that other modules get by calling it.
import itertools

from . import login

numbers = itertools.count()


def work(count):
    for number in itertools.islice(numbers, count):
        token = login.login("user%d" % number)
        if number % 3 == 0:
            login.logout(token)
