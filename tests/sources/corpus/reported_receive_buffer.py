# After a protocol parser: bytes are appended to a buffer that is never cut.
# Holder: Parser._buffer, a bytearray.
class Parser:
    def __init__(self):
        self._buffer = bytearray()
        self._position = 0

    def feed(self, data):
        self._buffer += data  #< store
        end = self._buffer.find(b"\n", self._position)
        while end >= 0:
            self._position = end + 1
            end = self._buffer.find(b"\n", self._position)


parser = Parser()


def work(count):
    for number in range(count):
        parser.feed(b"line %d of the stream, with some text behind it to make it longer\n" % number * 6)
