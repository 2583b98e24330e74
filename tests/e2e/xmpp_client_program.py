"""The program that leaks, with the real xmpppy: asks so many queries, then obeys its standard input.

Usage: xmpp_client_program.py PORT QUERIES. Lines on stdin: "ask N", "expect N" (so many answers more).
"""
import sys

import xmpp

answers = 0


def answered(session, answer, request):
    global answers
    answers += 1


def ask(count):
    for _ in range(count):
        query = xmpp.Iq("get", queryNS="jabber:iq:version", to="service.example.org")
        client.SendAndCallForResponse(query, answered, {"request": query})
        client.Process(0)


def expect(count):
    while answers < count:
        if not client.Process(1):
            sys.exit("the server has gone")


if __name__ == "__main__":
    client = xmpp.Client("example.org", debug=[])
    client.connect(("127.0.0.1", int(sys.argv[1])), secure=0, use_srv=False)
    if not client.auth("ada", "secret", "desk"):
        sys.exit("the server refuses us")
    ask(int(sys.argv[2]))
    print("ready", flush=True)
    for line in sys.stdin:
        command, number = line.split()
        {"ask": ask, "expect": expect}[command](int(number))
        print("done", answers, flush=True)
