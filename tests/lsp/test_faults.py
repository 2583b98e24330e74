"""What goes wrong between the server and an agent, injected: each time one clear sentence, soon, and the
process is unharmed and can be asked again."""
import os
import resource
import signal
import socket
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from editor import RequestFailed  # noqa: E402
from fault_case import FaultCase  # noqa: E402

# Takes the place of an agent, and every connection to it, and never says a word.
SILENT = """
import os, socket, sys
listener = socket.socket(socket.AF_UNIX)
folder = os.environ["WHYALIVE_RUNTIME_DIR"]
os.makedirs(folder, 0o700, exist_ok=True)
listener.bind("%s/%d.sock" % (folder, os.getpid()))
listener.listen()
print("ready", flush=True)
for line in sys.stdin:
    print(sys.argv[1], flush=True)
"""


class Faults(FaultCase):
    def snapshot_meanwhile(self, process, fault):
        """The error of a snapshot during which `fault()` happens."""
        self.attach(process)
        number = self.begin_held_snapshot(process)
        fault()
        with self.assertRaises(RequestFailed) as failed:
            self.editor.reply(number)
        return failed.exception

    def test_killed_during_a_snapshot(self):
        process = self.start(400000)
        error = self.snapshot_meanwhile(process, process.kill)
        self.assertEqual(error.data["kind"], "disconnected")
        self.assertEqual(error.message, "process %d has ended" % process.pid)

    def test_stopped_it_says_how_to_let_it_go_on(self):
        process = self.start()
        self.attach(process)
        process.send_signal(signal.SIGSTOP)
        for method in ("whyalive/snapshot", "whyalive/counts"):
            error = self.editor.error(method, {})
            self.assertIn("process %d is stopped" % process.pid, error.message)
            self.assertIn("kill -CONT %d" % process.pid, error.data["remedy"])
        other = self.new_editor()
        error = other.error("whyalive/attach", {"pid": process.pid})
        self.assertIn("process %d is stopped" % process.pid, error.message)
        process.send_signal(signal.SIGCONT)
        self.attach(process, other)
        self.assertGreater(other.request("whyalive/counts", {})["objects"], 1000)
        self.assertEqual(self.ask(process), "1000")

    def test_an_agent_that_says_nothing(self):
        process = self.start(agent=False, program=SILENT)
        number = self.editor.start("whyalive/attach", {"pid": process.pid})

        def waiting():
            told = [one["params"]["value"] for one in self.editor.notifications if one["method"] == "$/progress"]
            return number in self.editor.replies or [one for one in told if "message" in one]
        told = self.editor.wait(waiting, "word of the silence")
        self.assertEqual(told[0]["message"],
                         "waiting for the agent in process %d, which has not answered yet" % process.pid)
        self.editor.notify("$/cancelRequest", {"id": number})
        with self.assertRaises(RequestFailed) as failed:
            self.editor.reply(number)
        self.assertRegex(failed.exception.message, "was cancelled|does not answer")
        self.editor.notification("$/progress", lambda params: params["value"]["kind"] == "end")
        self.assertEqual(self.ask(process), "1000")

    def test_it_forks_during_a_snapshot(self):
        process = self.start(100000)
        self.attach(process)
        number = self.editor.start("whyalive/snapshot", {})
        for _ in range(20):
            self.assertEqual(self.ask(process, "fork"), "0")
        self.assertGreater(self.editor.reply(number)["objects"], 100000)

    def test_it_becomes_another_program_during_a_snapshot(self):
        process = self.start(400000)
        def replace():
            self.assertEqual(self.ask(process, "exec"), "other")
        error = self.snapshot_meanwhile(process, replace)
        self.assertEqual(error.data["kind"], "disconnected")
        self.assertIn("the agent in process %d closed the connection" % process.pid, error.message)
        # What runs there now is a Python without an agent, so it gets one.
        self.attach(process)

    def test_the_socket_was_removed_and_comes_back(self):
        process = self.start()
        self.attach(process)
        os.unlink(os.path.join(self.runtime, "%d.sock" % process.pid))
        self.assertGreater(self.editor.request("whyalive/counts", {})["objects"], 1000)  # still joined
        self.assertGreater(self.editor.request("whyalive/snapshot", {})["objects"], 1000)
        self.editor.request("whyalive/detach", {})
        end = time.monotonic() + 60
        while not os.path.exists(os.path.join(self.runtime, "%d.sock" % process.pid)):
            self.assertLess(time.monotonic(), end, "the agent did not listen again")
            time.sleep(0.02)
        self.editor.request("whyalive/attach", {"pid": process.pid, "load": False})

    def test_the_server_is_killed_during_a_snapshot_and_another_one_takes_over(self):
        process = self.start(200000)
        self.attach(process)
        self.editor.start("whyalive/snapshot", {})
        self.editor.process.kill()
        second = self.new_editor()
        self.attach(process, second)
        self.assertGreater(self.snapshot_when_free(second)["objects"], 200000)
        self.assertEqual(self.ask(process), "200000")

    def connections(self, process, count):
        path = os.path.join(self.runtime, "%d.sock" % process.pid)
        found = []
        for _ in range(count):
            one = socket.socket(socket.AF_UNIX)
            self.addCleanup(one.close)
            one.settimeout(60)
            one.connect(path)
            found.append(one)
        return found

    HELLO = (b'{"jsonrpc":"2.0","id":1,"method":"agent/hello","params":{"protocol":1}}')

    def frame(self, body):
        return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)

    def test_two_hundred_clients_at_once(self):
        process = self.start()
        clients = self.connections(process, 200)
        for one in clients:
            one.sendall(self.frame(self.HELLO))
        for one in clients:
            self.assertIn(b'"protocol":1', one.recv(65536))
        self.attach(process)
        self.assertGreater(self.editor.request("whyalive/snapshot", {})["objects"], 1000)

    def test_clients_that_are_half_closed_slow_or_flood(self):
        process = self.start()
        half, slow, flood = self.connections(process, 3)
        half.sendall(self.frame(self.HELLO)[:30])
        half.shutdown(socket.SHUT_WR)
        slow.sendall(self.frame(self.HELLO)[:50])
        body = (b'{"jsonrpc":"2.0","id":2,"method":"agent/counts","params":{}}')
        flood.setblocking(False)
        before = self.memory(process)
        sent = 0
        end = time.monotonic() + 4
        try:
            while sent < 30_000_000 and time.monotonic() < end:
                try:
                    sent += flood.send(self.frame(body) * 500)  # and never reads an answer
                except BlockingIOError:
                    if self.memory(process) - before > 64 << 20:
                        break
                    time.sleep(0.01)
        except (BrokenPipeError, ConnectionResetError):
            pass  # let go, as it should be
        self.assertLess(self.memory(process) - before, 64 << 20)
        self.attach(process)
        self.assertGreater(self.editor.request("whyalive/snapshot", {})["objects"], 1000)
        slow.sendall(self.frame(self.HELLO)[50:])
        self.assertIn(b'"protocol":1', slow.recv(65536))
        self.assertEqual(half.recv(10), b"")

    @staticmethod
    def memory(process):
        with open("/proc/%d/statm" % process.pid) as file:
            return int(file.read().split()[1]) * resource.getpagesize()

    def test_the_process_has_no_descriptors_left(self):
        process = self.start()
        self.assertEqual(self.ask(process, "descriptors"), "24")  # EMFILE
        self.attach(process)
        self.assertGreater(self.editor.request("whyalive/snapshot", {})["objects"], 1000)
        unprepared = self.start(agent=False)
        self.assertEqual(self.ask(unprepared, "descriptors"), "24")
        error = self.editor.error("whyalive/attach", {"pid": unprepared.pid})
        self.assertIn("Too many open files", error.message)
        self.assertEqual(self.ask(unprepared), "1000")


if __name__ == "__main__":
    unittest.main()
