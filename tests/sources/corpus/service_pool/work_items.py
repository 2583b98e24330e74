from .pool import State, pool


class Item:
    def __init__(self, number):
        self.number = number
        self.payload = [number] * 10


def run(number):
    item = Item(number)
    connection = pool.acquire(item)
    try:
        if number % 2 == 0:
            connection.state = State.BROKEN
    finally:
        pool.release(connection)
