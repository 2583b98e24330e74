# Holder: Table.rows, filled through a local alias of the attribute.
class Row:
    def __init__(self, number):
        self.cells = [number] * 20


class Table:
    def __init__(self):
        self.rows = {}
        self.columns = {}

    def fill(self, first, last):
        rows = self.rows
        for number in range(first, last):
            rows[number] = Row(number)  #< store


table = Table()


def work(count):
    first = len(table.rows)
    table.fill(first, first + count)
