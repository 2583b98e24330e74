# Holder: History.moves, a deque without a limit.
from collections import deque


class Move:
    def __init__(self, number):
        self.board = [number] * 20


class History:
    def __init__(self):
        self.moves = deque()
        self.last = deque(maxlen=10)

    def play(self, number):
        move = Move(number)
        self.last.append(move)
        self.moves.appendleft(move)  #< store


history = History()


def work(count):
    for number in range(count):
        history.play(number)
