import collections
import enum

from .leases import Leases


class State(enum.Enum):
    IDLE = 1
    BUSY = 2
    BROKEN = 3


class Connection:
    def __init__(self, number):
        self.number = number
        self.state = State.IDLE
        self.buffer = bytearray(64)
        self.lease = None


class Pool(Leases):
    def __init__(self, size):
        super().__init__()
        self._idle = collections.deque(Connection(number) for number in range(size))
        self._made = size
        self._log = collections.deque(maxlen=50)

    def acquire(self, owner):
        connection = self._idle.popleft()
        connection.state = State.BUSY
        connection.lease = self.lend(connection, owner)
        return connection

    def release(self, connection):
        match connection.state:
            case State.BUSY:
                self.give_back(connection.lease)
                connection.state = State.IDLE
                self._idle.append(connection)
            case State.BROKEN:
                self._made += 1
                self._idle.append(Connection(self._made))
                self._log.append(("replaced", connection.number))
            case State.IDLE:
                raise RuntimeError("released twice")


pool = Pool(4)
