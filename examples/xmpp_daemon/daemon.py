"""A gateway daemon: users ask it for contacts over XMPP, it asks a directory and passes answers on.

It runs for ever and needs no network (traffic.py plays the other side). Its memory grows; the
README tells how to find out why.
"""
import argparse
import collections
import os
import time

from traffic import Traffic
from xmpp import Client, Iq
from xmpp.simplexml import Node

STEP = 0.02  # seconds between two looks at the connection


class Event:
    """One thing that happened, for the status page."""

    def __init__(self, number, user, text):
        self.number = number
        self.user = user
        self.text = text


class RecentEvents:
    """The last events, for the status page. Full after a while, and then it stays that size."""

    LIMIT = 1000

    def __init__(self):
        self._events = collections.OrderedDict()
        self._count = 0

    def remember(self, user, text):
        self._count += 1
        self._events[self._count] = Event(self._count, user, text)
        if len(self._events) > self.LIMIT:
            self._events.popitem(last=False)


class Gateway:
    """Passes questions of users on to the directory, and its answers back."""

    def __init__(self, client):
        self.client = client
        self.events = RecentEvents()
        self.requests = 0
        client.RegisterHandler("iq", self.forward)

    def forward(self, client, request):
        self.requests += 1
        user = str(request.getFrom())
        nick = request.getTag("query").getTag("nick").getData()
        self.events.remember(user, "asks for " + nick)
        question = Iq("get", to="directory." + client.Server, payload=[
            Node("query", payload=[Node("nick", payload=[nick])])])

        def answered(client, answer, question):
            reply = request.buildReply("result")
            for kid in answer.getChildren():
                reply.addChild(kid)
            self.events.remember(user, "gets the answer to " + question.getID())
            client.send(reply)

        client.SendAndCallForResponse(question, answered, {"question": question})


def work(client, traffic, requests):
    """Handles so many requests at once."""
    for _ in range(requests):
        traffic.step(1)
        client.Process()


def serve(client, traffic, gateway, options):
    """Handles requests at a steady rate, for ever."""
    due = 0.0
    reported = gateway.requests
    while True:
        time.sleep(STEP)
        due += options.rate * STEP
        requests, due = int(due), due - int(due)
        traffic.step(requests)
        client.Process()
        if options.report and gateway.requests - reported >= options.report:
            reported = gateway.requests
            print("handled %d requests" % reported, flush=True)


def parseArguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rate", type=float, default=100, metavar="N",
                        help="requests per second (default 100; 0: stand idle)")
    parser.add_argument("--warmup", type=int, default=0, metavar="N",
                        help="handle N requests at once before saying ready")
    parser.add_argument("--report", type=int, default=0, metavar="N",
                        help="print a line after every N requests")
    return parser.parse_args()


if __name__ == "__main__":
    options = parseArguments()
    traffic = Traffic("example.org")
    client = Client("example.org", traffic)
    gateway = Gateway(client)
    try:
        work(client, traffic, options.warmup)
        print("ready: pid %d, %d requests handled" % (os.getpid(), gateway.requests), flush=True)
        serve(client, traffic, gateway, options)
    except KeyboardInterrupt:
        print("handled %d requests, sent %d replies" % (gateway.requests, traffic.replies))
