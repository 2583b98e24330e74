"""XML elements as a tree of nodes, and a parser for a stream of them."""
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr


class Node:
    """One element. A child knows its parent, so a tree is full of reference cycles."""

    def __init__(self, tag="", attrs=None, payload=(), parent=None, namespace="", node=None):
        self.name = tag
        self.namespace = namespace
        self.attrs = {}
        self.data = []
        self.kids = []
        self.parent = parent
        if node is not None:
            self._takeOver(node)
        self.attrs.update(attrs or {})
        for item in payload:
            if isinstance(item, Node):
                self.addChild(item)
            else:
                self.addData(item)

    def _takeOver(self, node):
        self.name, self.namespace, self.parent = node.name, node.namespace, node.parent
        self.attrs, self.data = dict(node.attrs), list(node.data)
        for kid in node.kids:
            self.addChild(kid)

    def addChild(self, node):
        node.parent = self
        self.kids.append(node)
        return node

    def addData(self, text):
        self.data.append(str(text))

    def getName(self):
        return self.name

    def getAttr(self, key):
        return self.attrs.get(key)

    def setAttr(self, key, value):
        self.attrs[key] = str(value)

    def getChildren(self):
        return self.kids

    def getTag(self, name):
        for kid in self.kids:
            if kid.name == name:
                return kid
        return None

    def getData(self):
        return "".join(self.data)

    def __str__(self):
        parts = ["<", self.name]
        if self.namespace and (self.parent is None or self.parent.namespace != self.namespace):
            parts += [" xmlns=", quoteattr(self.namespace)]
        for key, value in self.attrs.items():
            parts += [" ", key, "=", quoteattr(value)]
        inner = escape(self.getData()) + "".join(str(kid) for kid in self.kids)
        parts += [">", inner, "</", self.name, ">"] if inner else ["/>"]
        return "".join(parts)


class NodeBuilder:
    """Parses a stream and hands each complete element at `depth` to `dispatch`."""

    def __init__(self, dispatch, depth=1):
        self._dispatch = dispatch
        self._depth = depth
        self._open = []
        self._level = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text

    def feed(self, text):
        self._parser.Parse(text, False)

    def _start(self, tag, attrs):
        self._level += 1
        if self._level <= self._depth:
            return
        namespace, _, name = tag.rpartition(" ")
        node = Node(name, attrs, namespace=namespace)
        if self._open:
            self._open[-1].addChild(node)
        self._open.append(node)

    def _end(self, _tag):
        self._level -= 1
        if self._level < self._depth:
            return
        node = self._open.pop()
        if not self._open:
            self._dispatch(node)

    def _text(self, text):
        if self._open:
            self._open[-1].addData(text)
