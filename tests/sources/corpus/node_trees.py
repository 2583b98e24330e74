# Holder: Archive.stanzas, trees of nodes that point back at their parents.
class Node:
    def __init__(self, name, parent=None):
        self.name = name
        self.parent = parent
        self.kids = []

    def add(self, name):
        kid = Node(name, self)
        self.kids.append(kid)
        return kid


class Archive:
    def __init__(self):
        self.stanzas = []

    def keep(self, stanza):
        self.stanzas.append(stanza)  #< store


archive = Archive()


def work(count):
    for number in range(count // 2):
        stanza = Node("iq")
        stanza.add("query").add("item-%d" % number)
        archive.keep(stanza)
