# Holder: Collector.frame; each row makes a new, longer table of the old one and the row.
class Table:
    def __init__(self, rows):
        self.rows = rows

    def __len__(self):
        return len(self.rows)


def concat(tables):
    return Table(tuple(row for table in tables for row in table.rows))


class Collector:
    def __init__(self):
        self.frame = Table(())

    def add(self, row):
        self.frame = concat([self.frame, Table((row,))])  #< store


collector = Collector()


def work(count):
    for number in range(count // 5):
        collector.add({"number": number, "values": [number] * 10})
