"""The questions about objects, asked of a real process over stdio as an editor asks them."""
import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from editor import WHYALIVE, Editor, RequestFailed  # noqa: E402

PROGRAM = """
import collections
import sys

Point = collections.namedtuple("Point", "x y")
point = Point(1, 2)
ordered = collections.OrderedDict()

class Order:
    def __init__(self, number):
        self.number = number
        self.lines = ["line %d of %d" % (i, number) for i in range(3)]

class Node:
    pass

orders = {}
recent = []

def place(number):
    orders[number] = Order(number)
    recent[:] = [orders[number]]

def lose():
    one, other = Node(), Node()
    one.other, other.other = other, one

for number in range(200):
    place(number)
import gc
gc.disable()
lose()
print("ready", flush=True)
for line in sys.stdin:
    for number in range(len(orders), len(orders) + int(line)):
        place(number)
    print("done", flush=True)
"""


class Objects(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="wa-", dir="/tmp")
        runtime = os.path.join(cls.folder.name, "run")
        os.mkdir(runtime, 0o700)
        cls.pictures = os.path.join(cls.folder.name, "pictures")
        os.mkdir(cls.pictures)
        environment = dict(os.environ, WHYALIVE_RUNTIME_DIR=runtime)
        cls.file = os.path.join(cls.folder.name, "app.py")
        with open(cls.file, "w") as file:
            file.write(PROGRAM)
        cls.program = subprocess.Popen(
            [str(WHYALIVE), "run", "--python", sys.executable, "--", cls.file],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        assert cls.program.stdout.readline() == "ready\n"
        cls.environment = {"WHYALIVE_RUNTIME_DIR": runtime, "TMPDIR": cls.pictures}
        cls.editor = Editor(env=cls.environment)
        cls.editor.initialize()
        cls.editor.request("whyalive/snapshot", {"pid": cls.program.pid})
        cls.program.stdin.write("100\n")
        cls.program.stdin.flush()
        assert cls.program.stdout.readline() == "done\n"
        cls.editor.request("whyalive/snapshot", {})

    @classmethod
    def tearDownClass(cls):
        cls.editor.kill()
        cls.program.kill()
        cls.program.wait()
        cls.program.stdin.close()
        cls.program.stdout.close()
        cls.folder.cleanup()

    def ask(self, method, **params):
        return self.editor.request("whyalive/" + method, params)

    def test_from_a_list_to_an_object_to_its_neighbours(self):
        page = self.ask("objects", type="Order", order="id", offset=10, limit=5)
        self.assertEqual(page["total"]["count"], 300)
        self.assertEqual(len(page["rows"]), 5)
        row = page["rows"][0]
        told = self.ask("object", id=row["id"])
        self.assertEqual(told["object"], row)
        labels = {field["label"]: field["object"] for field in told["rows"]}
        self.assertEqual(labels[".lines"]["entries"], 3)
        self.assertRegex(labels[".lines"]["value"], r"\A\['line 0 of \d+', ")
        self.assertRegex(told["holder"]["expression"], r"\A__main__\.orders\[\d+\]\Z")
        places = {(place["role"], place["text"]) for place in told["locations"]}
        self.assertIn(("store", "orders[number] = Order(number)"), places)
        self.assertIn(("define", "orders = {}"), places)
        self.assertIn(("class", "class Order:"), places)
        self.assertEqual({place["file"] for place in told["locations"]}, {self.file})
        below = self.ask("referents", object=labels[".lines"]["id"])
        self.assertEqual([one["label"] for one in below["rows"]], ["[0]", "[1]", "[2]"])
        above = self.ask("referrers", object=labels[".lines"]["id"])["rows"][0]
        self.assertEqual(above.get("owner", above["object"])["id"], row["id"])
        same = self.ask("object", address=row["address"], limit=0)
        self.assertEqual(same["object"], row)

    def test_classes_that_have_a_source(self):
        types = ["collections.OrderedDict", "__main__.Order", "__main__.Point", "list", "no.such.Type"]
        told = self.ask("classes", types=types)
        self.assertEqual([(one["type"], one["location"]["file"], one["location"]["text"]) for one in told["classes"]],
                         [("__main__.Order", self.file, "class Order:"),
                          ("__main__.Point", self.file, 'Point = collections.namedtuple("Point", "x y")')])
        self.assertEqual({one["location"]["role"] for one in told["classes"]}, {"class"})
        with self.assertRaisesRegex(RequestFailed, "params.types"):
            self.ask("classes", types=["x"] * 1001)

    def test_what_is_new(self):
        for page in range(2):
            new = self.ask("objects", type="Order", newSince="s1", limit=1, offset=page)
            self.assertEqual((new["total"]["count"], len(new["rows"])), (100, 1))
        self.assertEqual(self.ask("objects", type="Order", snapshot="s1", limit=1)["total"]["count"],
                         200)
        diff = self.ask("diff", by="type", limit=1000)
        row = next(row for row in diff["rows"] if row["label"] == "__main__.Order")
        self.assertEqual(row["counts"], [200, 300])
        self.assertEqual(row["objects"],
                         {"survived": 200, "added": 100, "gone": 0, "uncertain": 0})
        holder = self.ask("diff", by="holder", limit=1)["rows"][0]
        self.assertEqual(holder["label"], "__main__.orders")
        self.assertEqual(holder["counts"], [200, 300])
        line = self.ask("timeline", series=[{"by": "holder", "name": holder["signature"]}])
        self.assertEqual([point["count"] for point in line["series"][0]["points"]], [200, 300])

    def test_paths_of_a_type_and_of_one(self):
        paths = self.ask("paths", type="Order", count=3)
        self.assertEqual((paths["objects"], paths["unreachable"]), (300, 0))
        self.assertEqual(paths["paths"][0]["expression"], "__main__.orders[…]")
        last = self.ask("objects", where="type = '__main__.Order'", order="id", limit=10000)["rows"]
        ways = [self.ask("paths", objects=[row["id"]]) for row in last[-3:] + last[:3]]
        self.assertTrue(all(way["paths"] for way in ways))
        self.assertIn("__main__.orders[",
                      " ".join(path["expression"] for path in ways[0]["paths"]))

    def test_the_questions_above_a_class(self):
        def command(name, argument={"type": "__main__.Order"}):
            return {"command": "whyalive." + name, "arguments": [argument]}

        def said(beginning):
            told = self.editor.notification(
                "window/showMessage", lambda params: params["message"].startswith(beginning))
            return told["message"].split("\n")

        found = self.editor.request("workspace/executeCommand", command("tellWhyAlive"))
        self.assertEqual(found["paths"][0]["expression"], "__main__.orders[…]")
        lines = said("300 __main__.Order, kept by")
        self.assertEqual(lines[1], "300 × __main__.orders[…]")

        listed = self.editor.request("workspace/executeCommand", command("tellInstances"))
        self.assertEqual((listed["total"]["count"], len(listed["rows"])), (300, 5))
        told = self.editor.notification("window/showMessage", lambda params: re.match(
            r"300 __main__\.Order, [\d.]+ \w+ retained\. The largest:\n", params["message"]))
        self.assertRegex(told["message"].split("\n")[1],
                         r"\A__main__\.orders\[\d+\] \(id \d+, [\d.]+ \w+\)\Z")

        drawn = self.editor.request("workspace/executeCommand", command("drawInstances"))
        path = drawn["uri"].removeprefix("file://")
        self.assertEqual(os.path.dirname(path), self.pictures)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        with open(path) as file:
            self.assertIn("<svg", file.read())
        shown = [one["params"] for one in self.editor.asked
                 if one["method"] == "window/showDocument" and one["params"]["uri"] == drawn["uri"]]
        self.assertEqual([one["external"] for one in shown], [True])

        for name in ("tellWhyAlive", "tellInstances", "drawInstances"):
            error = self.editor.error("workspace/executeCommand", command(name, {"type": "Ordr"}))
            self.assertEqual(error.data["remedy"], "did you mean __main__.Order?")
            error = self.editor.error("workspace/executeCommand", command(name, {}))
            self.assertEqual((error.code, error.message),
                             (-32602, "params.arguments[0].type: is missing"))

    def test_cycles_and_dominators_and_the_flame_graph(self):
        cycles = self.ask("cycles", state="garbage")
        self.assertEqual(cycles["collector"]["runs"], False)
        self.assertIn("Node.other.other", [row["expression"] for row in cycles["rows"]])
        top = self.ask("dominators", by="kind", limit=5)
        self.assertGreaterEqual(top["rows"][0]["retained"], top["rows"][1]["retained"])
        flame = self.ask("flame", maxNodes=300)
        self.assertEqual(flame["nodes"][0]["label"], "reachable objects")
        orders = [n for n in flame["nodes"] if n["label"] == ".orders" and n["type"] == "dict"]
        self.assertEqual(len(orders), 1)
        zoomed = self.ask("flame", under=orders[0]["signature"])
        self.assertEqual(zoomed["nodes"][0]["totalSize"], orders[0]["totalSize"])

    def test_wrong_questions_name_the_path_at_fault(self):
        wrong = [
            ("whyalive/objects", {"type": 5}, "params.type: type must be string, but is number"),
            ("whyalive/objects", {"order": "colour"},
             "params.order: must be one of retained, size, entries, type, id"),
            ("whyalive/object", {"id": -1}, "params.id: must be between 0 and 4294967295"),
            ("whyalive/referrers", {}, "params.object: is missing"),
            ("whyalive/paths", {"objects": [1, "x"]},
             "params.objects[1]: type must be number, but is string"),
            ("whyalive/dominators", {"by": "size"}, "params.by: must be one of object, kind"),
            ("whyalive/flame", {"maxNodes": 1 << 20}, "params.maxNodes: must be between 1 and 20000"),
            ("whyalive/diff", {"since": "s1"}, "params.since: type must be array, but is string"),
            ("whyalive/timeline", {"series": [{"by": "kind"}]}, "params.series[0].name: is missing"),
            ("whyalive/cycles", {"limit": 1 << 20}, "params.limit: must be at most 10000"),
            ("whyalive/closeSnapshot", {}, "params.snapshot: is missing"),
        ]
        for method, params, message in wrong:
            error = self.editor.error(method, params)
            self.assertEqual((error.code, error.message), (-32602, message))
        self.assertEqual(self.editor.error("whyalive/object", {"id": 4294967295}).data["kind"],
                         "not-found")


if __name__ == "__main__":
    unittest.main()
