from .postings import Postings

STOP_WORDS = frozenset(["the", "a", "of"])


class Document:
    def __init__(self, path, size):
        self.path = path
        self.size = size


class Index:
    def __init__(self):
        self.postings = Postings()
        self.paths = set()
        self.words_seen = 0

    def add(self, document, words):
        self.words_seen += len(words)
        self.paths.add(document.size % 5)
        [self.postings[word].add(document, position)  #< also
         for position, word in enumerate(words) if word not in STOP_WORDS]

    def find(self, word):
        if word in self.postings:
            return self.postings[word].documents
        return []


index = Index()
