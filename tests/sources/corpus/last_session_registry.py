# Holder: ConnectionPool._in_use, keyed by connection; an exception path forgets to release.
class Connection:
    def __init__(self, number):
        self.number = number
        self.buffer = bytearray(100)


class ConnectionPool:
    def __init__(self):
        self._available = []
        self._in_use = set()
        self._created = 0

    def make(self):
        self._created += 1
        return Connection(self._created)

    def get(self):
        try:
            connection = self._available.pop()
        except IndexError:
            connection = self.make()
        self._in_use.add(connection)  #< store
        return connection

    def release(self, connection):
        self._in_use.remove(connection)
        self._available.append(connection)


pool = ConnectionPool()


def work(count):
    for number in range(count):
        connection = pool.get()
        try:
            if number % 2 == 0:
                raise ValueError(number)
            pool.release(connection)
        except ValueError:
            pass
