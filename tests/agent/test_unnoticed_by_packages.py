"""Programs whose libraries mind being copied: numpy's OpenBLAS with its worker threads, gunicorn's arbiter."""
import os
import socket
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_client import PACKAGE, Target, children_of, connect, require_agent, wait_until  # noqa: E402
from packages import has, wheels  # noqa: E402

PYTHONS = require_agent()
MULTIPLY = """
import json, sys, threading
import numpy
size = 400
left = numpy.arange(size * size, dtype=float).reshape(size, size) % 7
right = left.T.copy()
expected = left @ right
rounds, wrong, stop = [0, 0], [], threading.Event()
def work(which):
    while not stop.is_set():
        if not numpy.array_equal(left @ right, expected):
            wrong.append(which)
        rounds[which] += 1
workers = [threading.Thread(target=work, args=(which,)) for which in (0, 1)]
for worker in workers:
    worker.start()
def end():
    stop.set()
    for worker in workers:
        worker.join()
    return [rounds, wrong]
print("ready", flush=True)
for line in sys.stdin:
    print(json.dumps({"rounds": lambda: rounds, "end": end}[line.strip()]()), flush=True)
"""
APPLICATION = """
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"served"]
"""


class Packages(unittest.TestCase):
    def each(self, name, *requirements):
        ran = False
        for python, version in PYTHONS.items():
            folder = wheels(version, *requirements)
            if has(folder, name):
                print(version, end=" ", file=sys.stderr, flush=True)
                ran = True
                yield python, folder
            else:
                print("(%s: no wheel of %s)" % (version, name), end=" ", file=sys.stderr, flush=True)
        if not ran:
            self.skipTest("PyPI gives no wheel of %s for any interpreter here" % name)

    def test_busy_worker_threads_of_openblas_go_on(self):
        for python, folder in self.each("numpy", "numpy"):
            path = os.pathsep.join((PACKAGE, folder))
            with Target(python, MULTIPLY, env={"PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "3"}) as target:
                with target.client() as client:
                    for _ in range(5):
                        client.take_bytes()
                before = target.ask("rounds")
                self.assertTrue(wait_until(lambda: all(
                    now > then + 3 for now, then in zip(target.ask("rounds"), before))))
                rounds, wrong = target.ask("end")
                self.assertEqual(wrong, [])

    def test_gunicorns_arbiter_keeps_its_workers(self):
        for python, folder in self.each("gunicorn", "gunicorn"):
            with Target(python, "print('ready')") as scratch:  # a folder, and nothing else of it
                with open(os.path.join(scratch.folder, "served.py"), "w", encoding="ascii") as file:
                    file.write(APPLICATION)
                self.serve(python, folder, scratch.folder)

    def serve(self, python, packages, folder):
        run, address = os.path.join(folder, "run"), os.path.join(folder, "http")
        environment = dict(os.environ, WHYALIVE="1", WHYALIVE_RUNTIME_DIR=run, PYTHONDONTWRITEBYTECODE="1",
                           PYTHONPATH=os.pathsep.join((PACKAGE, packages)))
        master = subprocess.Popen(
            [python, "-m", "gunicorn", "--workers", "2", "--bind", "unix:" + address, "--chdir", folder,
             "--worker-tmp-dir", folder, "--timeout", "120", "--graceful-timeout", "100", "served:application"],
            env=environment, stderr=subprocess.PIPE, text=True)
        try:
            self.assertTrue(wait_until(lambda: len(children_of(master.pid)) == 2))
            workers = children_of(master.pid)
            for pid in [master.pid, *workers] * 3:
                with connect(os.path.join(run, "%d.sock" % pid)) as client:
                    client.take_bytes()
                self.assertIn(b"served", self.get(address))
            self.assertTrue(wait_until(lambda: children_of(master.pid) == workers), children_of(master.pid))
        finally:
            master.terminate()
            _, log = master.communicate(timeout=120)
        for word in ("Traceback", "CRITICAL", "WORKER TIMEOUT", "SIGKILL"):
            self.assertNotIn(word, log)
        self.assertEqual(log.count("Booting worker"), 2, log)

    def get(self, address):
        deadline = time.monotonic() + 60
        while True:
            try:
                with socket.socket(socket.AF_UNIX) as connection:
                    connection.connect(address)
                    connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
                    return b"".join(iter(lambda: connection.recv(65536), b""))
            except OSError:
                if time.monotonic() > deadline:
                    raise


if __name__ == "__main__":
    unittest.main()
