"""A server just large enough for one real XMPP client: SASL PLAIN, resource binding, answers to queries.

It listens on loopback, in a thread of the test. Queries get their result at once, or `late`: then the
answer waits until `release` is called.
"""
import socket
import threading
from xml.parsers import expat

HEADER = ("<?xml version='1.0'?><stream:stream xmlns='jabber:client' version='1.0' id='s1' "
          "xmlns:stream='http://etherx.jabber.org/streams' from='example.org'>")
MECHANISMS = ("<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
              "<mechanism>PLAIN</mechanism></mechanisms></stream:features>")
BINDING = ("<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
           "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></stream:features>")
SUCCESS = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
BOUND = ("<iq type='result' id='%s'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
         "<jid>ada@example.org/desk</jid></bind></iq>")
RESULT = "<iq type='result' id='%s'/>"
ANSWER = ("<iq type='result' id='%s' from='service.example.org' to='ada@example.org/desk'>"
          "<query xmlns='jabber:iq:version'><name>service</name><version>1</version></query></iq>")


class StubServer:
    def __init__(self, is_late=lambda number: False):
        self._is_late = is_late
        self._held = []
        self._queries = 0
        self._authenticated = False
        self._connection = None
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def release(self):
        """Sends the answers that were held back; returns their number."""
        with self._lock:
            held, self._held = self._held, []
        for query in held:
            self._send(ANSWER % query)
        return len(held)

    def close(self):
        self._listener.close()
        if self._connection is not None:
            self._connection.close()

    def _send(self, text):
        self._connection.sendall(text.encode())

    def _serve(self):
        try:
            self._connection, _ = self._listener.accept()
            self._restart()
            while True:
                data = self._connection.recv(65536)
                if not data:
                    return
                self._feed(data)
        except OSError:
            return  # closed by the test

    def _restart(self):
        self._depth = 0
        self._stanza = None
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def _feed(self, data):
        parser = self._parser
        # The client opens its new stream only after the answer to its <auth>, so no data is cut.
        parser.Parse(data, False)

    def _start(self, tag, attributes):
        self._depth += 1
        if self._depth == 1:
            self._send(HEADER + (BINDING if self._authenticated else MECHANISMS))
        elif self._depth == 2:
            self._stanza = (tag, attributes.get("type"), attributes.get("id"), [])
        elif self._depth == 3:
            self._stanza[3].append(tag)

    def _end(self, _tag):
        self._depth -= 1
        if self._depth == 1:
            self._answer(*self._stanza)

    def _answer(self, tag, kind, stanza_id, children):
        if tag == "auth":
            self._authenticated = True
            self._restart()
            self._send(SUCCESS)
        elif tag == "iq" and "bind" in children:
            self._send(BOUND % stanza_id)
        elif tag == "iq" and kind == "set":
            self._send(RESULT % stanza_id)
        elif tag == "iq" and kind == "get":
            self._queries += 1
            if self._is_late(self._queries):
                with self._lock:
                    self._held.append(stanza_id)
            else:
                self._send(ANSWER % stanza_id)
