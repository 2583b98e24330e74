"""Code in the process itself: only with a yes, only for its own user, within its time, never unlogged."""
import os
import shutil
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_client import HOLDS_THE_GIL, PACKAGE, AgentError, Target, connect, require_agent  # noqa: E402

PYTHONS = require_agent()
NOBODY = 65534
SYSTEM_PYTHON = next((p for p in PYTHONS if p.startswith("/usr/bin/")), None)
PROGRAM = """
import json, sys
kept = [1]
print("ready", flush=True)
for line in sys.stdin:
    print(json.dumps(len(kept)), flush=True)
"""


class Live(unittest.TestCase):
    def each(self, **more):
        for python, version in PYTHONS.items():
            print(version, end=" ", file=sys.stderr, flush=True)
            with Target(python, PROGRAM, **more) as target, target.client() as client:
                yield target, client

    def execute(self, client, source, confirmed=True, milliseconds=60000):
        return client.request("agent/execute", {"source": source, "confirmed": confirmed,
                                                "milliseconds": milliseconds, "fresh": True})

    def refused(self, client, source, **how):
        with self.assertRaises(AgentError) as caught:
            self.execute(client, source, **how)
        return str(caught.exception)

    def log(self, target):
        path = os.path.join(target.folder, "run", "live.log")
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            return file.read().splitlines()

    def test_it_changes_the_process_and_is_logged_first(self):
        for target, client in self.each():
            result = self.execute(client, "kept.append(2)\nprint('done', len(kept))")
            self.assertEqual((result["output"], result["error"]), ("done 2\n", None))
            self.assertEqual(target.ask("kept"), 2)
            self.assertEqual(len(self.log(target)), 1)
            self.assertIn("process %d client %d user %d: kept.append(2)\\nprint" %
                          (target.pid, os.getpid(), os.geteuid()), self.log(target)[0])

    def test_not_without_a_yes_and_not_where_the_program_forbids_it(self):
        for target, client in self.each():
            self.assertIn("nobody confirmed", self.refused(client, "kept.clear()", confirmed=False))
            self.assertEqual((target.ask("kept"), self.log(target)), (1, []))
        for target, client in self.each(env={"WHYALIVE_LIVE": "0"}):
            self.assertIn("does not allow code", self.refused(client, "kept.clear()"))
            self.assertEqual((target.ask("kept"), self.log(target)), (1, []))

    def test_what_cannot_be_logged_is_not_run(self):
        for target, client in self.each():
            os.mkdir(os.path.join(target.folder, "run", "live.log"))
            self.assertIn("cannot be logged", self.refused(client, "kept.clear()"))
            self.assertEqual(target.ask("kept"), 1)

    def test_its_time_is_limited_and_errors_stay_inside(self):
        for target, client in self.each():
            self.execute(client, "kept.extend([1] * 4)")
            result = self.execute(client, "while True: pass", milliseconds=300)
            self.assertEqual(result["error"]["type"], "TimeoutError")
            self.assertEqual(target.ask("kept"), 5)
            lost = "class Lost:\n    def __del__(self):\n        while True: pass\nLost()\nwhile True: pass"
            self.assertEqual(self.execute(client, lost, milliseconds=100)["error"]["type"], "TimeoutError")
            self.assertEqual(self.execute(client, "1/0")["error"]["type"], "ZeroDivisionError")
            self.assertEqual(self.execute(client, "raise SystemExit")["error"]["type"], "SystemExit")
            self.assertEqual(target.ask("kept"), 5)

    def test_the_time_may_be_over_before_the_code_can_begin(self):
        for python in PYTHONS:
            with Target(python, HOLDS_THE_GIL) as target, target.client() as client:
                request = client.start("agent/execute", {"source": "while True: pass", "confirmed": True,
                                                         "milliseconds": 1, "fresh": True})
                time.sleep(0.1)  # now whoever is to end the code waits beside it
                target.let_go()
                self.assertEqual(client.finish(request)["error"]["type"], "TimeoutError")

    @unittest.skipUnless(os.geteuid() == 0 and SYSTEM_PYTHON, "only root can act as another user")
    def test_not_even_root_in_another_users_process(self):
        folder = tempfile.mkdtemp(prefix="wa-", dir="/tmp")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        package, runtime = os.path.join(folder, "python"), os.path.join(folder, "run")
        shutil.copytree(PACKAGE, package)  # where the other user can read it
        os.mkdir(runtime, 0o700)
        os.chown(runtime, NOBODY, NOBODY)
        os.chmod(folder, 0o755)
        become = 'chmod 755 "${2%%/*}"; exec setpriv --reuid=%d --regid=%d --clear-groups "$@"' % (NOBODY, NOBODY)
        with Target(SYSTEM_PYTHON, PROGRAM, prefix=("/bin/sh", "-c", become, "sh"),
                    env={"PYTHONPATH": package, "WHYALIVE_RUNTIME_DIR": runtime}) as target:
            path = os.path.join(runtime, "%d.sock" % target.pid)
            with connect(path) as client:
                self.assertIn("only the process's own user", self.refused(client, "kept.clear()"))
            self.assertEqual(target.ask("kept"), 1)
            self.assertEqual(os.listdir(runtime), [os.path.basename(path)])


if __name__ == "__main__":
    unittest.main()
