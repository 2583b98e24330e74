"""whyalive graph, on a snapshot of a real process, with the real Graphviz."""
import os
import re
import sys
import unittest
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cli_support import CliCase, WHYALIVE, echo_program, run_program

PROGRAM = echo_program('''
class Iq:
    def __init__(self, i):
        self.id, self.kids = str(i), []
        self.me = self

class Dispatcher:
    def __init__(self):
        self._expected = {}

class Evil:
    pass

client = Dispatcher()
for i in range(3000):
    iq = Iq(i)
    client._expected[iq.id] = (lambda x, request=iq: request, iq)
evil = {'"]; } <b>&\\\\N\\x00\\x1b\\udc80' * 3: Evil(), "</td><script>": [Evil()], "\\u202egpj": Evil()}
del iq
''')
SVG = "{http://www.w3.org/2000/svg}"


class Graph(CliCase):
    def setUp(self):
        super().setUp()
        process = self.start_with_agent(self.write("program.py", PROGRAM))
        self.file = self.path("heap.whyalive")
        self.ok("snapshot", process.pid, "-o", self.file)

    def svg(self, *arguments):
        output = self.path("picture.svg")
        self.ok("graph", self.file, *arguments, "-o", output)
        return ElementTree.parse(output).getroot()

    def test_every_format(self):
        for extension, magic in (("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF"),
                                 ("dot", b"digraph whyalive {")):
            output = self.path("picture." + extension)
            out = self.ok("graph", self.file, "--type", "Iq", "-o", output).out
            self.assertRegex(out, r"picture\.%s: \d+ nodes, \d+ references" % extension)
            with open(output, "rb") as file:
                self.assertTrue(file.read(20).startswith(magic), extension)

    def test_the_leak_is_in_the_picture_of_the_chain(self):
        output = self.path("chain.svg")
        found = self.ok("graph", self.file, "--type", "__main__.Iq", "--chain", "-n", "1",
                        "-o", output, "--json").json()
        titles = [node["title"] for node in found["nodes"]]
        self.assertEqual(titles[:3], ["__main__", "Dispatcher", "dict"])
        self.assertEqual(titles[-1], "Iq")
        self.assertEqual([node["title"] for node in found["nodes"] if node["holder"]], ["dict"])
        self.assertEqual([edge["label"] for edge in found["edges"]][:2], [".client", "._expected"])
        root = ElementTree.parse(output).getroot()
        ids = {group.get("id") for group in root.iter(SVG + "g")}
        for node in found["nodes"]:
            self.assertIn(node["node"], ids)
            self.assertEqual(node["node"], "o%d" % node["object"])

    def test_many_objects_are_drawn_by_kind(self):
        found = self.ok("graph", self.file, "--type", "Iq", "--merged", "-o", self.path("m.svg"),
                        "--json").json()
        self.assertTrue(found["merged"])
        self.assertIn("3,000 × Iq", [node["title"] for node in found["nodes"]])
        self.assertLess(len(found["nodes"]), 40)

    def test_hostile_names_are_text(self):
        root = self.svg("--type", "Evil", "-n", "0")
        names = {element.tag.replace(SVG, "") for element in root.iter()}
        self.assertLessEqual(names, {"svg", "g", "title", "text", "path", "polygon", "polyline",
                                     "ellipse", "a"})
        text = " ".join(element.text or "" for element in root.iter(SVG + "text"))
        self.assertIn("</td><script>", text)
        self.assertNotIn("\u202e", text)

    def test_a_cycle_is_red(self):
        root = self.svg("--type", "Iq", "-n", "1")
        cycles = [group for group in root.iter(SVG + "g") if "cycle" in (group.get("class") or "")]
        self.assertEqual(len(cycles), 1)
        self.assertEqual(cycles[0].find(".//" + SVG + "path").get("stroke"), "#d1242f")

    def test_by_id_and_by_address(self):
        row = self.ok("sql", self.file, "--json", "SELECT id, address FROM objects "
                      "WHERE type = '__main__.Dispatcher'").json()["rows"][0]
        for arguments in (["--id", row[0]], ["--address", hex(row[1])], ["--address", row[1]]):
            found = self.ok("graph", self.file, *map(str, arguments), "--refs", "--depth", "1",
                            "-o", self.path("x.dot"), "--json").json()
            self.assertEqual([node["title"] for node in found["nodes"]], ["Dispatcher", "dict"])

    def test_what_is_wrong_is_said(self):
        output = self.path("x.svg")
        self.assertIn("did you mean __main__.Dispatcher?",
                      self.fails("graph", self.file, "--type", "Dispatchr", "-o", output))
        self.assertIn(".svg, .png, .pdf or .dot",
                      self.fails("graph", self.file, "--type", "Iq", "-o", self.path("x.bmp")))
        self.assertIn("cannot write", self.fails("graph", self.file, "--type", "Iq", "-o",
                                                 self.path("no/such/folder.svg")))
        self.assertIn("has no object", self.fails("graph", self.file, "--id", "99999999", "-o",
                                                  output))
        self.assertEqual(self.whyalive("graph", self.file, "-o", output).code, 2)
        self.assertEqual(self.whyalive("graph", self.file, "--type", "Iq", "--refs", "--chain",
                                       "-o", output).code, 2)
        self.assertFalse(os.path.exists(output))


class Helper(CliCase):
    """The process that Graphviz runs in."""

    def test_it_is_no_command_for_people(self):
        self.assertNotIn("render-picture", self.ok("--help").out)

    def test_it_fails_with_one_line_and_no_picture(self):
        done = run_program(["sh", "-c", "echo 'graph {' | %s render-picture svg" % WHYALIVE],
                           self.environment)
        self.assertEqual((done.code, done.out), (1, ""))
        self.assertRegex(done.err, re.compile("Graphviz could not read the picture$", re.M))


if __name__ == "__main__":
    unittest.main()
