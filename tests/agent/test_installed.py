"""An installed whyalive: the program finds its agents, and a Python that knows the folder by a .pth file
starts the agent by `import whyalive; whyalive.start()`."""
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_client import BUILD, connect, require_agent, wait_until  # noqa: E402

PYTHON = next(iter(require_agent()))
PROGRAM = """
import sys, whyalive
before = whyalive.is_running()
whyalive.start()
whyalive.start()
print("ready", before, whyalive.is_running(), flush=True)
sys.stdin.readline()
whyalive.stop()
print("stopped", whyalive.is_running(), flush=True)
sys.stdin.readline()
"""
IF_WISHED = """import os; os.environ.get("WHYALIVE") == "1" and __import__("whyalive").start()
"""
PLAIN = "import sys; print('ready', 'whyalive' in sys.modules, flush=True); sys.stdin.readline()"


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.prefix = tempfile.mkdtemp(prefix="wa-", dir="/tmp")
        cls.addClassCleanup(shutil.rmtree, cls.prefix)
        subprocess.run(["cmake", "--install", BUILD, "--prefix", cls.prefix], check=True,
                       stdout=subprocess.DEVNULL)
        cls.whyalive = os.path.join(cls.prefix, "bin", "whyalive")
        cls.package = os.path.join(cls.prefix, "lib", "whyalive", "python")
        venv = os.path.join(cls.prefix, "venv")
        subprocess.run([PYTHON, "-m", "venv", "--without-pip", venv], check=True)
        cls.python = os.path.join(venv, "bin", "python")
        site = glob.glob(os.path.join(venv, "lib", "python3.*", "site-packages"))[0]
        with open(os.path.join(site, "whyalive.pth"), "w") as file:
            file.write(cls.package + "\n" + IF_WISHED)
        cls.runtime = os.path.join(cls.prefix, "run")
        cls.environment = {"PATH": os.environ["PATH"], "WHYALIVE_RUNTIME_DIR": cls.runtime}

    def start(self, command, **environment):
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                   env=dict(self.environment, **environment))
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process, process.stdout.readline().split()

    def pid_of_agent(self, process):
        with connect(os.path.join(self.runtime, "%d.sock" % process.pid)) as client:
            return client.hello()["pid"]

    def test_a_program_starts_and_stops_the_agent_itself(self):
        process, said = self.start([self.python, "-c", PROGRAM])
        self.assertEqual(said, ["ready", "False", "True"])
        self.assertEqual(self.pid_of_agent(process), process.pid)
        heap = subprocess.run([self.whyalive, "heap", str(process.pid), "--json"],
                              env=self.environment, capture_output=True, text=True)
        self.assertEqual(heap.returncode, 0, heap.stderr)
        process.stdin.write("\n")
        process.stdin.flush()
        self.assertEqual(process.stdout.readline().split(), ["stopped", "False"])
        tasks = "/proc/%d/task" % process.pid  # a thread that was joined is listed a moment longer
        self.assertTrue(wait_until(lambda: os.listdir(tasks) == [str(process.pid)]), os.listdir(tasks))

    def test_the_environment_starts_it_and_without_it_nothing_is_loaded(self):
        process, said = self.start([self.python, "-c", PLAIN], WHYALIVE="1")
        self.assertEqual(said, ["ready", "True"])
        self.assertEqual(self.pid_of_agent(process), process.pid)
        process, said = self.start([self.python, "-c", PLAIN])
        self.assertEqual(said, ["ready", "False"])

    def test_the_installed_program_runs_and_attaches(self):
        process, said = self.start([self.whyalive, "run", "--python", PYTHON, "--", "-c", PLAIN])
        self.assertEqual(said, ["ready", "True"])
        self.assertEqual(self.pid_of_agent(process), process.pid)
        process, said = self.start([PYTHON, "-c", PLAIN])
        done = subprocess.run([self.whyalive, "attach", str(process.pid)], env=self.environment,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.pid_of_agent(process), process.pid)


if __name__ == "__main__":
    unittest.main()
