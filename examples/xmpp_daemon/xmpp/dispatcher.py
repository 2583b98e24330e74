"""Brings stanzas to whoever is to handle them."""
from .protocol import Iq, Message, Presence
from .simplexml import NodeBuilder

STANZAS = {"iq": Iq, "message": Message, "presence": Presence}


class Dispatcher:
    """Sends stanzas; calls handlers for those that come in, and callers back for answers."""

    def __init__(self, owner, transport):
        self._owner = owner
        self._transport = transport
        self._expected = {}
        self._handlers = {}
        self._lastID = 0
        self._stream = NodeBuilder(self.dispatch)

    def RegisterHandler(self, name, handler):
        self._handlers.setdefault(name, []).append(handler)

    def Process(self):
        """Handles everything that has come in; returns the number of stanzas."""
        count = 0
        for text in self._transport.receive():
            self._stream.feed(text)
            count += 1
        return count

    def dispatch(self, node):
        stanza = STANZAS[node.getName()](node=node)
        if stanza.getID() in self._expected:
            func, args = self._expected[stanza.getID()]
            func(self._owner, stanza, **args)
            return
        for handler in self._handlers.get(stanza.getName(), []):
            handler(self._owner, stanza)

    def SendAndCallForResponse(self, stanza, func, args={}):
        """Sends a question; `func(client, answer, **args)` is called when its answer comes."""
        self._expected[self.send(stanza)] = (func, args)

    def send(self, stanza):
        """Puts the stanza on the wire; returns its id, which it gets here unless it has one."""
        if not stanza.getID():
            self._lastID += 1
            stanza.setID("q%d" % self._lastID)
        self._transport.send(str(stanza))
        return stanza.getID()
