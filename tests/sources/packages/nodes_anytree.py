# Holder: the children of a node that each visit is filed under; the list's name is mangled.
import itertools

from anytree import NodeMixin


class Page(NodeMixin):
    def __init__(self, name, parent=None):
        self.name = name
        self.parent = parent


class Visit(NodeMixin):
    def __init__(self, page, number):
        super().__init__()
        self.number = number
        self.agent = "browser %d" % number
        self.parent = page  #< call


home = Page("home")
pages = [Page("page %d" % number, home) for number in range(2)]
numbers = itertools.count()


def work(count):
    # A node's children are compared with one another each time, so few are enough.
    for number in itertools.islice(numbers, count // 4):
        Visit(pages[number % 2], number)
