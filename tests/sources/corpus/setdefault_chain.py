# Holder: Index.postings, filled through setdefault.
class Index:
    def __init__(self):
        self.postings = {}

    def add(self, document, words):
        for word in words:
            self.postings.setdefault(word, {})[document] = len(word)  #< store

    def lookup(self, word):
        return self.postings.get(word)


index = Index()


def work(count):
    for number in range(count):
        unique = "w%d-%d" % (len(index.postings), number)
        index.add("doc%d" % number, [unique, "common"])
