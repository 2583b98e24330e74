"""The web service of soak.py: a WSGI application such as gunicorn serves, with a heap worth looking at, and
`load`, the clients that ask it: each over a connection of its own, now and then a new one, at a steady pace.

    python3 bench/soak_service.py PORT SECONDS CONNECTIONS RATE OUT

Writes one line a request to OUT: when it was due, how long after that its answer was there, both in ns, and
the worker that answered; a failed request has a reason in place of the worker."""
import collections
import http.client
import json
import os
import sys
import threading
import time
import urllib.parse


class Session:
    def __init__(self, number):
        self.number, self.visits, self.history = number, 0, collections.deque(maxlen=20)


ROWS = 20_000
rows = [{"id": number, "name": "row %d" % number, "tags": [number % 7, str(number)]} for number in range(ROWS)]
sessions = collections.OrderedDict()  # the least recently used go: a worker that serves for days
MOST_SESSIONS = 2000
guard = threading.Lock()


def application(environ, start_response):
    asked = urllib.parse.parse_qs(environ["QUERY_STRING"])
    number = int(asked["n"][0])
    with guard:
        session = sessions.pop(number % 5000, None) or Session(number % 5000)
        sessions[session.number] = session
        while len(sessions) > MOST_SESSIONS:
            sessions.popitem(last=False)
        session.visits += 1
        session.history.append({"path": environ["PATH_INFO"], "n": number})
    chosen = [rows[(number * 31 + step * 97) % ROWS] for step in range(60)]
    body = json.dumps({"n": number, "total": sum(row["id"] for row in chosen), "pid": os.getpid(),
                       "rows": [dict(row, visits=session.visits) for row in chosen]}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def total(number):
    return sum((number * 31 + step * 97) % ROWS for step in range(60))


def ask(connection, number):
    """The pid of the worker that answered, and rightly."""
    connection.request("GET", "/rows?n=%d" % number)
    response = connection.getresponse()
    answer = json.loads(response.read())
    if response.status != 200 or answer["n"] != number or answer["total"] != total(number):
        raise ValueError("status %d, a wrong answer" % response.status)
    return answer["pid"]


def client(port, first, step, end, pause, write):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    due, number = time.monotonic_ns(), first
    while due < end:
        time.sleep(max(0, due - time.monotonic_ns()) / 1e9)
        if number // step % 20 == 0:
            connection.close()  # the next request opens a new one, which any worker may get
        try:
            outcome = str(ask(connection, number))
        except (OSError, ValueError, KeyError, http.client.HTTPException) as error:
            outcome = "failed %s: %s" % (type(error).__name__, error)
            connection.close()
        write(b"%d %d %s\n" % (due, time.monotonic_ns() - due, outcome.encode()))
        number += step
        due += pause


def load(port, seconds, connections, rate, path):
    pause = int(1e9 * connections / rate)
    end = time.monotonic_ns() + int(seconds * 1e9)
    with open(path, "ab", buffering=0) as file:
        threads = []
        for index in range(connections):
            threads.append(threading.Thread(target=client,
                                            args=(port, index, connections, end, pause, file.write)))
            threads[-1].start()
            time.sleep(pause / connections / 1e9)  # evenly, not all at once
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    load(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), sys.argv[5])
