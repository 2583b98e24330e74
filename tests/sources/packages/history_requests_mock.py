# An adapter for tests that stands in for a service through a long run: it remembers all requests.
# Holder: Adapter.request_history, and that of the matcher.
import itertools

import requests
import requests_mock

numbers = itertools.count()
session = requests.Session()
adapter = requests_mock.Adapter()
session.mount("mock://", adapter)
adapter.register_uri("POST", "mock://service/orders", text="accepted")


def send(number):
    session.post("mock://service/orders", data="order %d" % number)


def work(count):
    for _ in range(count // 15):
        send(next(numbers))
