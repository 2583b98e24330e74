"""A program that keeps what it sends, for tests that drive an editor beside it: it works as often as a
fifo (its first argument) asks, and says so in another (its second)."""

LEAKY = '''\
import sys


class Request:
    def __init__(self, number):
        self.number = number
        self.body = b"x" * 2000


class Dispatcher:
    def __init__(self):
        self._expected = {}

    def send(self, number):
        request = Request(number)
        self._expected[number] = request

    def work(self, count):
        for _ in range(count):
            self.send(len(self._expected))


dispatcher = Dispatcher()
dispatcher.work(3000)
while True:
    wanted = open(sys.argv[1]).read()   # a fifo: waits for the test
    dispatcher.work(int(wanted))
    open(sys.argv[2], "w").write("done")
'''


# The same where columns differ between the encodings of positions.
NON_ASCII = (LEAKY.replace("_expected", "_größe")
             .replace("= {}", "= {}    # \U0001d4b3 takes two UTF-16 units")
             .replace("        self._größe[number]", '        """\U0001d4b3"""; self._größe[number]'))
