# Holder: a captured dict of lists; a probe replaces a method and notes every call, added with +=.
import itertools

from . import client, probes

numbers = itertools.count()
probe = probes.install(client.Client, "send", "close")
clients = [client.Client("host%d" % number) for number in range(3)]


def work(count):
    for number in itertools.islice(numbers, count // 2):
        clients[number % 3].send({"number": number})
