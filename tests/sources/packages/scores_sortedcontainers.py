# Holder: a SortedList of scores.
from sortedcontainers import SortedKeyList


class Score:
    def __init__(self, number):
        self.value = number
        self.games = [number] * 10


class Board:
    def __init__(self):
        self.scores = SortedKeyList(key=lambda one: one.value)

    def played(self, number):
        self.scores.add(Score(number))  #< call


board = Board()


def work(count):
    for number in range(count):
        board.played(number)
