# After a deprecation shim: a warning with a number in its text is remembered once for each number.
# Holder: this module's __warningregistry__.
import itertools
import warnings

numbers = itertools.count()
warnings.simplefilter("default")
warnings.showwarning = lambda *arguments, **keywords: None


class Client:
    def request(self, number):
        if number % 2 == 0:
            warnings.warn("request %d uses the old protocol, which goes away" % number)  #< store
        return number


client = Client()


def work(count):
    for _ in range(count * 2):
        client.request(next(numbers))
