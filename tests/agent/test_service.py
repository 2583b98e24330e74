"""The agent's service: hello, snapshots both ways, progress, cancel, errors, stop, several clients."""
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_client import HOLDS_THE_GIL, PACKAGE, AgentError, Target, require_agent, wait_until  # noqa: E402

PYTHONS = require_agent()
WAITS = "import sys\nprint('ready', flush=True)\nsys.stdin.readline()\n"
LARGE = ("import sys\nkept = [{'a': [i, str(i)], 'b': (i, float(i))} for i in range(100000)]\n"
         "print('ready', flush=True)\nsys.stdin.readline()\n")


def run_alone(code, python=next(iter(PYTHONS)), **env):
    environment = dict(os.environ, PYTHONPATH=PACKAGE)
    environment.update(env)
    return subprocess.run([python, "-c", code], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True)


class Service(unittest.TestCase):
    def each(self):
        for python, version in PYTHONS.items():
            print(version, end=" ", file=sys.stderr, flush=True)
            yield python, version

    def test_hello_says_who_it_is(self):
        for python, version in self.each():
            with Target(python, WAITS) as target, target.client() as client:
                hello = client.hello()
                self.assertEqual(hello["pid"], target.pid)
                self.assertEqual(hello["python"], version)
                self.assertEqual(hello["protocol"], 1)
                self.assertEqual(hello["formatVersion"], 1)
                self.assertEqual(hello["command"], [python, target.script])

    def test_a_snapshot_comes_both_ways(self):
        for python, version in self.each():
            with Target(python, WAITS) as target, target.client() as client:
                for mode in ("twin", "in-process"):
                    snapshot = client.snapshot(mode=mode)
                    self.assertEqual(snapshot.meta["snapshot.mode"], mode)
                    self.assertEqual(snapshot.meta["pid"], str(target.pid))
                    self.assertEqual(snapshot.meta["python.version"], version)
                    self.assertEqual(snapshot.result["objectCount"], snapshot.count)
                    self.assertGreater(snapshot.count, 5000)

    def test_a_snapshot_comes_in_pieces_where_no_descriptor_can_be_passed(self):
        import base64
        from snapshot_format import Snapshot
        for python, _ in self.each():
            with Target(python, LARGE) as target, target.client() as client:
                result = client.request("agent/snapshot", {"transfer": "stream", "textLimit": 10})
                self.assertEqual(client.descriptors, [])
                data = b""
                for note in client.notifications:
                    if note["method"] == "agent/piece":
                        self.assertEqual(note["params"]["offset"], len(data))
                        data += base64.b64decode(note["params"]["data"], validate=True)
                self.assertEqual(len(data), result["bytes"])
                self.assertEqual(Snapshot(data).count, result["objectCount"])

    def test_the_folder_and_the_socket_are_private(self):
        with Target(next(iter(PYTHONS)), WAITS) as target:
            folder = os.path.dirname(target.socket_path)
            self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700)
            self.assertTrue(stat.S_ISSOCK(os.stat(target.socket_path).st_mode))

    def test_a_folder_open_to_others_is_refused(self):
        code = "import whyalive\nwhyalive.start()\n"
        for make in (os.mkdir, lambda path: os.symlink("/tmp", path)):
            with tempfile.TemporaryDirectory() as parent:
                folder = os.path.join(parent, "run")
                make(folder)
                if not os.path.islink(folder):
                    os.chmod(folder, 0o755)
                done = run_alone(code, WHYALIVE_RUNTIME_DIR=folder)
                self.assertEqual(done.returncode, 1)
                self.assertIn("only this user", done.stderr)

    def test_stop_takes_the_socket_away_and_start_brings_it_back(self):
        code = ("import sys, json, whyalive\nprint('ready', flush=True)\n"
                "for line in sys.stdin:\n    print(json.dumps(eval(line)), flush=True)\n")
        for python, _ in self.each():
            with Target(python, code) as target:
                with target.client() as client:
                    self.assertEqual(client.request("agent/stop"), {})
                    self.assertFalse(os.path.exists(target.socket_path))
                self.assertTrue(wait_until(lambda: not target.ask("whyalive.is_running()")))
                target.ask("whyalive.start()")
                self.assertTrue(target.ask("whyalive.is_running()"))
                with target.client() as client:
                    self.assertEqual(client.hello()["pid"], target.pid)

    def test_the_socket_goes_when_the_process_ends(self):
        for python, _ in self.each():
            with Target(python, WAITS) as target, target.client() as client:
                client.hello()
                target.process.communicate("\n")
                self.assertEqual(target.process.returncode, 0)
                self.assertFalse(os.path.exists(target.socket_path))

    def test_a_dead_process_leaves_no_socket_to_the_next(self):
        python = next(iter(PYTHONS))
        with Target(python, WAITS) as target:
            target.client().close()
            target.process.kill()
            target.process.wait()
            self.assertTrue(os.path.exists(target.socket_path))
            with Target(python, WAITS, env={"WHYALIVE_RUNTIME_DIR":
                                            os.path.dirname(target.socket_path)}):
                self.assertFalse(os.path.exists(target.socket_path))

    def test_several_clients_are_served_and_a_second_snapshot_is_refused_while_one_runs(self):
        with Target(next(iter(PYTHONS)), HOLDS_THE_GIL) as target:
            with target.client() as first, target.client() as second:
                request = first.start("agent/snapshot", {"mode": "twin", "textLimit": 10})
                first.hello()  # so the agent has read the request
                self.assertEqual(second.hello()["pid"], target.pid)
                with self.assertRaises(AgentError) as caught:
                    second.snapshot()
                self.assertIn("busy", str(caught.exception))
                self.assertEqual(caught.exception.data["kind"], "resource-exhausted")
                target.let_go()
                self.assertGreater(first.finish(request)["objectCount"], 5000)
                self.assertGreater(second.take_bytes(textLimit=1)[1]["objectCount"], 5000)

    def cancelled(self, client, mode):
        """The error of a cancelled snapshot; one that was done before the agent looked is asked for again."""
        give_up = time.monotonic() + 60
        while time.monotonic() < give_up:
            request = client.start("agent/snapshot", {"mode": mode, "textLimit": 10})
            client.send({"method": "$/cancelRequest", "params": {"id": request}})
            try:
                client.finish(request)
            except AgentError as error:
                return error
        self.fail("every snapshot was done before it could be cancelled")

    def test_a_snapshot_can_be_cancelled(self):
        for mode in ("twin", "in-process"):
            with self.subTest(mode=mode), Target(next(iter(PYTHONS)), LARGE) as target:
                with target.client() as client:
                    self.assertEqual(self.cancelled(client, mode).data["kind"], "cancelled")
                    self.assertGreater(client.take_bytes(textLimit=1)[1]["objectCount"], 500_000)

    def test_progress_is_told_and_rises(self):
        with Target(next(iter(PYTHONS)), LARGE) as target, target.client() as client:
            client.request("agent/snapshot", {"mode": "twin", "textLimit": 10})
            steps = [(n["params"]["step"], n["params"]["fraction"]) for n in client.notifications]
            self.assertTrue(steps)
            self.assertTrue({s for s, _ in steps} <= {"waiting", "walking", "numbering", "writing"})
            self.assertTrue(all(0 <= f <= 1 for _, f in steps))

    def test_bad_messages_get_an_error_and_the_session_goes_on(self):
        with Target(next(iter(PYTHONS)), WAITS) as target, target.client() as client:
            for method, params, words in (
                    ("agent/nothing", {}, "no method agent/nothing"),
                    ("agent/snapshot", {"mode": "sideways"}, "params.mode"),
                    ("agent/snapshot", {"textLimit": "x"}, "params.textLimit"),
                    ("agent/snapshot", {"textLimit": -1}, "params.textLimit")):
                with self.assertRaises(AgentError) as caught:
                    client.request(method, params)
                self.assertIn(words, str(caught.exception))
            self.assertEqual(client.hello()["pid"], target.pid)

    def test_noise_on_the_socket_ends_that_connection_only(self):
        with Target(next(iter(PYTHONS)), WAITS) as target, target.client() as client:
            noisy = socket.socket(socket.AF_UNIX)
            noisy.settimeout(60)
            noisy.connect(target.socket_path)
            noisy.sendall(b"GET / HTTP/1.1\r\n\r\n")
            self.assertEqual(noisy.recv(100), b"")
            noisy.close()
            self.assertEqual(client.hello()["pid"], target.pid)

    def test_a_client_that_leaves_during_a_snapshot_harms_nobody(self):
        with Target(next(iter(PYTHONS)), LARGE) as target:
            with target.client() as leaving:
                leaving.start("agent/snapshot", {"mode": "twin", "textLimit": 10})
            with target.client() as client:
                give_up = time.monotonic() + 60  # the copy that nobody wants has to end first
                while True:
                    try:
                        self.assertGreater(client.take_bytes(textLimit=1)[1]["objectCount"], 500_000)
                        break
                    except AgentError as error:
                        self.assertIn("busy", str(error))
                    self.assertLess(time.monotonic(), give_up, "the agent stayed busy")
                    time.sleep(0.002)

    def test_an_interpreter_without_an_agent_says_so(self):
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, "whyalive"))
            shutil.copy(os.path.join(PACKAGE, "whyalive", "__init__.py"),
                        os.path.join(folder, "whyalive"))
            done = run_alone("import whyalive; whyalive.start()", PYTHONPATH=folder)
            self.assertEqual(done.returncode, 1)
            self.assertIn("there is no agent for cpython 3.", done.stderr)

    def test_sub_interpreters_come_and_go_in_silence_and_say_where_the_agent_is_when_asked(self):
        code = '''
import whyalive
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
made = interpreters.create()
interpreters.run_string(made, """if 1:
    import whyalive
    try:
        whyalive.start()  # older versions share the module: there it runs already
    except RuntimeError as error:
        assert "start it there" in str(error)""")
interpreters.destroy(made)
print(whyalive.is_running())
'''
        for python, _ in self.each():
            with tempfile.TemporaryDirectory() as folder:
                done = run_alone(code, python, WHYALIVE="1", WHYALIVE_RUNTIME_DIR=folder)
                self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "True\n", ""))


if __name__ == "__main__":
    unittest.main()
