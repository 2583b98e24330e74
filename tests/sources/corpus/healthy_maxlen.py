# Healthy: a deque with a limit, full.
from collections import deque

recent = deque(maxlen=2000)


def work(count):
    for number in range(count):
        recent.append({"number": number, "text": "event %d" % number})
