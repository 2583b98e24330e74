class Posting:
    __slots__ = ("documents", "weight")

    def __init__(self):
        self.documents = []
        self.weight = 0.0

    def add(self, document, position):
        if not self.documents or self.documents[-1] is not document:
            self.documents.append(document)  #< also
        self.weight += 1.0 / (1 + position)


class Postings(dict):
    """Words and where they stand; asking for a new word makes its posting."""

    def __missing__(self, word):
        posting = self[word] = Posting()  #< store
        return posting
