"""The object that an application holds: one connection to a server."""
from .dispatcher import Dispatcher
from .protocol import NS_CLIENT, NS_STREAMS


class Client:
    def __init__(self, server, transport):
        self.Server = server
        self.Dispatcher = Dispatcher(self, transport)
        self.RegisterHandler = self.Dispatcher.RegisterHandler
        self.SendAndCallForResponse = self.Dispatcher.SendAndCallForResponse
        self.send = self.Dispatcher.send
        self.Process = self.Dispatcher.Process

    @staticmethod
    def streamHeader(server):
        return "<stream:stream from='%s' xmlns='%s' xmlns:stream='%s'>" % (
            server, NS_CLIENT, NS_STREAMS)
