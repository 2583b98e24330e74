"""docs/cli.md is a contract: what it shows of --json is what the program prints."""
import json
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cli_support import ROOT, CliCase

# Fields that may be absent, as docs/cli.md says.
OPTIONAL = {"growth", "jointHolders", "suspect", "id", "type", "objects", "enabled", "holder", "entries", "cut",
            "copy"}


def documented():
    with open(os.path.join(ROOT, "docs", "cli.md"), encoding="utf-8") as file:
        text = file.read()
    blocks = re.findall(r"^## whyalive (\w+)\n.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    shapes = {}
    for section in re.split(r"^## whyalive ", text, flags=re.MULTILINE)[1:]:
        block = re.search(r"```json\n(.*?)```", section, re.DOTALL)
        if block:
            shapes[section.split("\n")[0]] = json.loads(block.group(1))
    assert len(blocks) > len(shapes) > 5
    return shapes


def differences(shape, value, path):
    """Fields and types of `value` that `shape` does not tell, or tells otherwise."""
    if isinstance(shape, dict) and isinstance(value, dict):
        for name in sorted(set(shape) | set(value)):
            where = path + "." + name
            if name not in value:
                if name not in OPTIONAL:
                    yield where + " is not printed"
            elif name not in shape:
                yield where + " is not documented"
            else:
                yield from differences(shape[name], value[name], where)
    elif isinstance(shape, list) and isinstance(value, list):
        if shape:
            for item in value:
                yield from differences(shape[0], item, path + "[]")
    elif isinstance(shape, float) and isinstance(value, int):
        return
    elif type(shape) is not type(value):
        yield "%s is a %s, not a %s" % (path, type(value).__name__, type(shape).__name__)


class JsonShapes(CliCase):
    @classmethod
    def setUpClass(cls):
        cls.shapes = documented()

    def check(self, command, *arguments):
        value = self.ok(command, *arguments, "--json").json()
        self.assertEqual(sorted(set(differences(self.shapes[command], value, command))), [])
        return value

    def test_every_command_prints_what_is_documented(self):
        daemon = os.path.join(ROOT, "examples", "xmpp_daemon", "daemon.py")
        library = os.path.join(ROOT, "examples", "xmpp_daemon", "xmpp", "dispatcher.py")
        process = self.start_with_agent(daemon, "--warmup", 1000, "--rate", 1000, "--report", 1000)
        before = self.path("before.whyalive")
        self.check("snapshot", process.pid, "-o", before)
        process.stdout.readline()  # 1,000 requests later
        after = self.path("after.whyalive")
        self.check("snapshot", process.pid, "-o", after)
        self.assertTrue(self.check("ps")["processes"])
        self.assertTrue(self.check("attach", process.pid)["wasLoaded"])
        self.assertTrue(self.check("watch", process.pid, "--duration", 0.1)["types"])
        self.assertIn("growth", self.check("heap", after, "--since", before)["total"])
        self.assertNotIn("growth", self.check("heap", after, "--by", "module")["total"])
        self.assertTrue(self.check("suspects", after, "--since", before)["suspects"])
        self.assertTrue(self.check("suspects", after)["suspects"])
        self.assertTrue(self.check("why", after, "--type", "xmpp.protocol.Iq")["paths"])
        diff = self.check("diff", before, after)
        self.assertTrue(diff["kinds"] and diff["holders"])
        self.assertEqual(diff["objects"]["survived"] + diff["objects"]["added"]
                         + diff["objects"]["uncertain"], diff["total"]["counts"][-1])
        self.assertTrue(self.check("cycles", after)["rows"])
        hints = self.check("annotate", after, library, "--since", before)["annotations"]
        self.assertIn(1, [hint.get("suspect") for hint in hints])
        self.assertEqual(len(self.check("sql", after, "SELECT id FROM objects LIMIT 9")["rows"]), 9)
        self.assertTrue(self.check("graph", after, "--type", "Iq", "--chain", "-o",
                                   self.path("iq.svg"))["nodes"])
        self.assertTrue(self.check("memory", process.pid)["parts"])
        self.assertEqual(self.check("console", process.pid, "-c", "print(1)")["output"], "1\n")
        self.assertEqual(set(self.shapes), {"ps", "attach", "watch", "snapshot", "heap", "suspects", "why", "diff", "cycles",
                                            "annotate", "graph", "sql", "memory", "console"})

    def test_the_comparison_sees_what_differs(self):
        shape = {"a": 1, "b": [{"c": "x"}], "growth": {}}
        self.assertEqual(list(differences(shape, {"a": 2, "b": []}, "v")), [])
        self.assertEqual(list(differences(shape, {"a": "2", "b": [{"c": "y", "d": 1}]}, "v")),
                         ["v.a is a str, not a int", "v.b[].d is not documented"])
        self.assertEqual(list(differences(shape, {"b": []}, "v")), ["v.a is not printed"])


if __name__ == "__main__":
    unittest.main()
