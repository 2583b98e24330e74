# Holder: Connection.state.pending, two attributes deep.
class State:
    def __init__(self):
        self.pending = {}


class Connection:
    def __init__(self):
        self.state = State()

    def request(self, ident, body):
        self.state.pending[ident] = {"ident": ident, "body": body}  #< store


connection = Connection()


def work(count):
    start = len(connection.state.pending)
    for number in range(start, start + count):
        connection.request(number, "body %d" % number)
