"""Stanzas: the three kinds of element that travel over an XMPP stream."""
from .simplexml import Node

NS_CLIENT = "jabber:client"
NS_STREAMS = "http://etherx.jabber.org/streams"


class JID:
    """node@domain/resource."""

    def __init__(self, text):
        self.bare, _, self.resource = str(text).partition("/")
        self.node, _, self.domain = self.bare.rpartition("@")

    def __str__(self):
        return "%s/%s" % (self.bare, self.resource) if self.resource else self.bare

    def __eq__(self, other):
        return str(self) == str(other)

    def __hash__(self):
        return hash(str(self))


class Protocol(Node):
    """What all stanzas have in common: a sender, a receiver, a type and an id."""

    def __init__(self, name=None, to=None, typ=None, frm=None, payload=(), node=None):
        Node.__init__(self, name or "", payload=payload, namespace=NS_CLIENT, node=node)
        if to:
            self.setAttr("to", to)
        if frm:
            self.setAttr("from", frm)
        if typ:
            self.setAttr("type", typ)

    def getTo(self):
        return JID(self.getAttr("to") or "")

    def getFrom(self):
        return JID(self.getAttr("from") or "")

    def getType(self):
        return self.getAttr("type")

    def getID(self):
        return self.getAttr("id")

    def setID(self, value):
        self.setAttr("id", value)


class Message(Protocol):
    def __init__(self, to=None, body=None, typ=None, frm=None, node=None):
        payload = [Node("body", payload=[body])] if body else []
        Protocol.__init__(self, "message", to, typ, frm, payload, node)


class Presence(Protocol):
    def __init__(self, to=None, typ=None, frm=None, node=None):
        Protocol.__init__(self, "presence", to, typ, frm, node=node)


class Iq(Protocol):
    """A question ("get", "set") or its answer ("result", "error")."""

    def __init__(self, typ=None, to=None, frm=None, payload=(), node=None):
        Protocol.__init__(self, "iq", to, typ, frm, payload, node)

    def buildReply(self, typ):
        reply = Iq(typ, to=self.getAttr("from"), frm=self.getAttr("to"))
        reply.setID(self.getID())
        return reply
