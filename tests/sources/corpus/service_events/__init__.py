# Holder: Bus._by_topic[topic], kept sorted with bisect.insort; handlers of a request subscribe through a
# mixin, whose subclasses register themselves, and only some of them leave again.
from . import requests


def work(count):
    for number in range(count // 3):
        requests.serve(number)
