# Holder: Journal.entries, a list.
class Entry:
    def __init__(self, text):
        self.text = text
        self.words = text.split()


class Journal:
    def __init__(self):
        self.entries = []
        self.closed = False

    def write(self, text):
        self.entries.append(Entry(text))  #< store


journal = Journal()


def work(count):
    for number in range(count):
        journal.write("line %d of the journal" % number)
