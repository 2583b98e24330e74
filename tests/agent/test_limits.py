"""A process that may start no further process or thread: what cannot be done is said, with the way out."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_client import PACKAGE, AgentError, connect, require_agent  # noqa: E402

# One that another user can run.
PYTHON = next((path for path in require_agent() if path.startswith("/usr/")), None)
PROGRAM = """
import resource, sys
kept = [{"a": [i]} for i in range(20000)]
resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
print("ready", flush=True)
sys.stdin.readline()
"""


@unittest.skipUnless(os.getuid() == 0, "only root can start a process whose number of processes is limited")
@unittest.skipUnless(PYTHON, "there is no agent for an interpreter that another user can run")
class Limits(unittest.TestCase):
    def test_a_process_that_cannot_be_copied_offers_the_walk_in_itself(self):
        runtime = tempfile.mkdtemp(prefix="wa-", dir="/tmp")
        self.addCleanup(shutil.rmtree, runtime)
        os.chown(runtime, 65534, 65534)
        package = tempfile.mkdtemp(prefix="wa-", dir="/tmp")
        self.addCleanup(shutil.rmtree, package)
        os.chmod(package, 0o755)
        shutil.copytree(PACKAGE, package + "/python")
        script = os.path.join(package, "target.py")
        with open(script, "w") as file:
            file.write(PROGRAM)
        process = subprocess.Popen(
            [PYTHON, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, user=65534,
            group=65534, extra_groups=[], env={"WHYALIVE": "1", "PYTHONPATH": package + "/python",
                                               "WHYALIVE_RUNTIME_DIR": runtime})
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), "ready\n")
        with connect(os.path.join(runtime, "%d.sock" % process.pid)) as client:
            with self.assertRaisesRegex(AgentError, "the process cannot be copied") as failed:
                client.take_bytes()
            self.assertRegex(failed.exception.data["remedy"],
                             r"whyalive snapshot %d -o FILE --in-process, or the setting "
                             r"snapshot\.inProcess of an editor\), which stops it for up to "
                             r"\d+\.\d s" % process.pid)
            with self.assertRaisesRegex(AgentError, "cannot start a thread to count"):
                client.request("agent/counts")
            _, result = client.take_bytes(mode="in-process")
            self.assertGreater(result["objectCount"], 40000)


if __name__ == "__main__":
    unittest.main()
