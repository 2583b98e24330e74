# Holder: Board.history, a list of lists; each move appends a copy of the board.
import copy


class Board:
    def __init__(self):
        self.rows = [[0] * 8 for _ in range(8)]
        self.history = [copy.deepcopy(self.rows)]

    def move(self, number):
        self.rows[number % 8][number // 8 % 8] = number
        self.history.append(copy.deepcopy(self.rows))  #< store

    def undo(self):
        self.rows = self.history.pop()


board = Board()


def work(count):
    for number in range(count // 5):
        board.move(number)
