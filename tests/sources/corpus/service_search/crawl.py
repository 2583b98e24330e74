from .index import Document, index


def words_of(number):
    return ["the", "id%d" % number, "x%d" % (number * 7), "common", "of"]


def visit(path, number):
    document = Document(path, number)
    index.add(document, words_of(number))
    return len(index.find("common"))
