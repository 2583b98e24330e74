"""The other side of the connection, simulated: users who ask, a contact directory that answers late.

Nothing here keeps what it has delivered; it stands in for the network.
"""
import collections
import random
import re

from xmpp import Client
from xmpp.protocol import NS_CLIENT

USERS = ["ada", "grace", "edsger", "barbara", "donald", "frances", "tony", "radia"]
REQUEST = (
    "<iq xmlns='{ns}' type='get' id='u{number}' from='{user}@{server}/desk' to='gateway.{server}'>"
    "<query xmlns='jabber:iq:search'><nick>{nick}</nick><limit>{limit}</limit></query></iq>")
ANSWER = (
    "<iq xmlns='{ns}' type='result' id='{id}' from='directory.{server}' to='gateway.{server}'>"
    "<query xmlns='jabber:iq:search'><item jid='{nick}@{server}'><nick>{nick}</nick></item></query>"
    "</iq>")
ID = re.compile(r'<iq [^>]*\bid="([^"]+)"')


class Traffic:
    """The client's transport: it is told what to send and asked for what has arrived."""

    def __init__(self, server, delay=3, seed=1):
        self._server = server
        self._delay = delay  # steps until the directory answers
        self._random = random.Random(seed)
        self._arrived = collections.deque([Client.streamHeader(server)])
        self._late = collections.deque()  # (step when due, id of the question)
        self._step = 0
        self._asked = 0
        self.replies = 0  # that reached users

    def step(self, requests):
        """Time passes: so many users ask, and the directory answers what is due."""
        self._step += 1
        for _ in range(requests):
            self._asked += 1
            self._arrived.append(REQUEST.format(
                ns=NS_CLIENT, server=self._server, number=self._asked, limit=self._asked % 50 + 1,
                user=self._random.choice(USERS), nick=self._random.choice(USERS)))
        while self._late and self._late[0][0] <= self._step:
            _, question = self._late.popleft()
            self._arrived.append(ANSWER.format(ns=NS_CLIENT, server=self._server, id=question,
                                               nick=self._random.choice(USERS)))

    def receive(self):
        while self._arrived:
            yield self._arrived.popleft()

    def send(self, text):
        if 'to="directory.' in text:
            self._late.append((self._step + self._delay, ID.match(text).group(1)))
        else:
            self.replies += 1
