"""Evaluations begin with code that the build compiled; where that cannot be used they compile its source."""
import glob
import os
import re
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_client import BUILD, PACKAGE, Target, require_agent  # noqa: E402
from copy_client import Copy, keep  # noqa: E402

PYTHONS = require_agent()
PROGRAM = """
import sys
numbers = list(range(20))
print("ready", flush=True)
sys.stdin.read()
"""


def compiled_modules(minor):
    """What the build made for that version."""
    with open(os.path.join(BUILD, "agent", "inside_code_cp%s.cpp" % minor.replace(".", "")), encoding="ascii") as file:
        arrays = re.findall(r"k_\w+\[\] = \{([^}]*)\}", file.read())
    return [bytes(map(int, numbers.split(","))) for numbers in arrays]


def spoil(agent, modules):
    """Makes the compiled modules in the agent's file unreadable; how many it found."""
    with open(agent, "rb") as file:
        content = file.read()
    found = [module for module in modules if module in content]
    for module in found:
        content = content.replace(module, b"?" + module[1:])
    with open(agent, "wb") as file:
        file.write(content)
    return len(found)


class InsideCode(unittest.TestCase):
    def check_evaluation(self, python, package):
        with Target(python, PROGRAM, env={"PYTHONPATH": package}) as target, target.client() as client:
            _, result = keep(client)
            with Copy(result["twin"]["socket"]) as copy:
                reply, printed, _ = copy.value(source="sum(numbers)")
                self.assertEqual((reply["value"]["repr"]["text"], printed), ("190", ""))
                session = copy.start(0)
                session.ask(op="open")
                reply = session.ask(op="run", source="1/0")
                self.assertEqual(reply["error"]["type"], "ZeroDivisionError")
                self.assertNotIn("whyalive", reply["error"]["traceback"])

    def test_the_compiled_code_and_the_source_do_the_same(self):
        for python, version in PYTHONS.items():
            print(version, end=" ", file=sys.stderr, flush=True)
            minor = version.rpartition(".")[0]
            modules = compiled_modules(minor)
            self.assertGreater(len(modules), 3)
            with tempfile.TemporaryDirectory(prefix="whyalive-package-") as package:
                shutil.copytree(PACKAGE, package, dirs_exist_ok=True)
                self.check_evaluation(python, package)
                agents = glob.glob(os.path.join(package, "whyalive", "_agent.cpython-%s-*.so" % minor.replace(".", "")))
                self.assertEqual([spoil(agent, modules) for agent in agents], [len(modules)])
                self.check_evaluation(python, package)


if __name__ == "__main__":
    unittest.main()
