"""whyalive cycles, why with several ways, and diff while a process does something."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cli_support import CliCase, echo_program

PROGRAM = echo_program("""
import gc
gc.disable()

class Node:
    def __init__(self, parent=None):
        self.parent = parent
        self.children = []
        if parent:
            parent.children.append(self)

class Closing(Node):
    def __del__(self):
        pass

for _ in range(40):
    root = Node()
    Node(root)
    Node(root)
for _ in range(5):
    Closing(Closing())
kept = Node()
for _ in range(10):
    Node(kept)
recent = [kept.children[3]]
by_name = {"third": kept.children[3]}
del root, _
""")
SERVER = """
import sys
handled, cache = [], {}

class Request:
    def __init__(self, number):
        self.number = number

print("ready", flush=True)
for number, line in enumerate(sys.stdin):
    for i in range(int(line)):
        handled.append(Request(number))
    cache["last"] = line
    print("done", flush=True)
"""
TALK = """
import sys
with open(sys.argv[1], "w") as requests:
    requests.write("50\\n")
with open(sys.argv[2]) as answers:
    assert answers.readline() == "done\\n"
print("this is no part of the result")
"""


class Cycles(CliCase):
    def setUp(self):
        super().setUp()
        self.process = self.start_with_agent(self.write("app.py", PROGRAM))

    def test_garbage_is_told_apart_from_live_cycles(self):
        value = self.ok("cycles", self.process.pid, "--json", "-n", 1000).json()
        self.assertEqual(value["collector"]["enabled"], False)
        self.assertEqual(value["collector"]["runs"], False)
        rows = {(row["state"], row["expression"]): row for row in value["rows"]}
        nodes = rows["garbage", "Node.children[…].parent"]
        self.assertEqual(nodes["cycles"], 40)
        self.assertEqual({t["type"]: t["count"] for t in nodes["types"]}["__main__.Node"], 120)
        self.assertEqual((nodes["cut"]["type"], nodes["cut"]["attribute"], nodes["cut"]["breaks"]),
                         ("__main__.Node", "parent", True))
        self.assertEqual(nodes["finalizers"], [])
        self.assertNotIn("holder", nodes)
        closing = rows["garbage", "Closing.children[…].parent"]
        self.assertEqual((closing["cycles"], closing["finalizers"]), (5, ["__main__.Closing"]))
        live = rows["live", "Node.children[…].parent"]
        self.assertEqual((live["cycles"], live["holder"]), (1, "__main__.kept"))
        self.assertEqual(value["garbage"]["cycles"], sum(
            row["cycles"] for row in value["rows"] if row["state"] == "garbage"))
        self.assertUnharmed(self.process)

    def test_the_text_says_what_to_do(self):
        out = self.ok("cycles", self.process.pid, "--garbage").out
        self.assertIn("The collector is switched off (gc.disable()): nothing takes it.", out)
        self.assertIn("1. Node.children[…].parent\n   garbage: 40 cycles of ", out)
        self.assertIn("Node.parent points back to the Node that holds it in a container: "
                      "a weakref there would end the cycle", out)
        self.assertIn("__main__.Closing has __del__", out)
        self.assertNotIn("live:", out)
        self.assertNotIn("garbage:", self.ok("cycles", self.process.pid, "--live").out)

    def test_one_object_has_several_ways(self):
        snapshot = self.path("a.whyalive")
        self.ok("snapshot", self.process.pid, "-o", snapshot)
        ids = self.ok("sql", snapshot, "--json",
                      "SELECT id FROM objects WHERE type = '__main__.Node'").json()["rows"]
        ways = {}
        for (number,) in ids:
            value = self.ok("why", snapshot, "--id", number, "--json").json()
            ways[number] = [path["expression"] for path in value["paths"]]
        self.assertIn(["__main__.recent[0]", "__main__.by_name['third']",
                       "__main__.kept.children[3]"],
                      [sorted(one, key=len) for one in ways.values()])
        number = next(n for n, one in ways.items() if "__main__.recent[0]" in one)
        first, second = (self.ok("why", snapshot, "--id", number).out for _ in range(2))
        self.assertEqual(first, second)
        self.assertIn("1 object, kept alive in 3 ways.", first)
        some = self.ok("why", snapshot, "--where",
                       "type = '__main__.Node' AND id >= %d" % max(ways), "--json").json()
        self.assertEqual(some["objects"], 1)
        self.assertIn("no such column: colour",
                      self.fails("why", snapshot, "--where", "colour = 1"))


class WhileItWorks(CliCase):
    def test_what_a_request_leaves_behind(self):
        requests, answers = self.path("requests"), self.path("answers")
        os.mkfifo(requests)
        os.mkfifo(answers)
        talk = self.write("talk.py", TALK)
        app = SERVER.replace(
            'print("ready", flush=True)',
            'print("ready", flush=True)\nimport os\nsys.stdin = open(os.open(%r, os.O_RDWR))\n'
            'sys.stdout = open(os.open(%r, os.O_RDWR), "w")' % (requests, answers))
        process = self.start_with_agent(self.write("app.py", app))
        command = "%s %s %s %s" % (sys.executable, talk, requests, answers)
        outcome = self.ok("diff", process.pid, "--run", command, "--repeat", 2, "--json")
        value = outcome.json()
        self.assertIn("this is no part of the result", outcome.err)
        self.assertIn("Running the command, 2 of 2\n", outcome.err)
        self.assertEqual(value["snapshots"], ["before", "after 1", "after 2"])
        kinds = {row["kind"]: row for row in value["kinds"]}
        request = kinds["__main__.Request"]
        self.assertEqual(request["counts"], [0, 50, 100])
        self.assertEqual(request["grewAlways"], True)
        self.assertEqual(request["objects"]["added"], 100)
        self.assertEqual(value["holders"][0]["expression"], "__main__.handled")
        failed = self.ok("diff", process.pid, "--run", "exit 3")
        self.assertIn("Note: the command ended with exit code 3.", failed.err)

    def test_during_compares_a_process_with_itself(self):
        process = self.start_with_agent(self.write("app.py", echo_program()))
        out = self.ok("diff", process.pid, "--during", 0.2).out
        self.assertTrue(out.startswith("From before to after: "), out)
        self.assertUnharmed(process)

    def test_what_cannot_be_compared_says_why(self):
        self.assertIn("nothing to compare with", self.fails("diff", "4711"))
        self.assertIn("look at one process", self.fails("diff", "a.whyalive", "--during", 1))
        self.assertEqual(self.whyalive("diff", 1, "--during", 1, "--run", "true").code, 2)
        self.assertEqual(self.whyalive("diff", 1, "--during", -1).code, 2)


if __name__ == "__main__":
    unittest.main()
