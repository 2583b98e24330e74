"""Values out of the copy that stays after a snapshot."""
import array
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_client import Target  # noqa: E402
from copy_case import FIRST, PROGRAM, SERVE, Case  # noqa: E402
from copy_client import Copy, keep  # noqa: E402


class Values(Case):
    def test_what_an_object_holds(self):
        for python in self.each():
            with Target(python, PROGRAM) as target, target.client() as client:
                node, generator = target.ask("ids")
                ident = target.ask("threads")[1]
                _, result = keep(client)
                with Copy(result["twin"]["socket"]) as copy:
                    self.look(copy, node, generator, ident)
                self.assertEqual(target.ask("state"), [7, 250])

    def look(self, copy, node, generator, ident):
        def value(**request):
            reply, output, ended = copy.value(**request)
            self.assertIn("value", reply, reply)
            self.assertEqual((output, ended.how, ended.code), ("", "exited", 0))
            return reply["value"]

        seen = value(underscore=node)
        self.assertEqual(seen["type"], "__main__.Node")
        self.assertEqual(seen["repr"]["text"], "Node(7)")
        self.assertEqual(seen["text"]["text"], "<node name='7'/>")  # what `print iq` gave
        self.assertEqual(seen["address"], node)
        self.assertEqual([(i["label"], i["repr"]) for i in seen["items"]],
                         [(".name", "7"), (".kids", "[]")])
        page = value(source="nodes", offset=100, limit=2)
        self.assertEqual((page["itemCount"], page["length"]), (250, 250))
        self.assertEqual([i["repr"] for i in page["items"]], ["Node(100)", "Node(101)"])
        full = value(source="text", textLimit=40000)["text"]
        self.assertEqual((full["text"], full["length"], full["cut"]), ("ä" * 30000, 30000, False))
        part = value(source="text", textLimit=10)["text"]
        self.assertEqual((part["text"], part["length"], part["cut"]), ("ä" * 10, 30000, True))
        self.assertEqual(value(source="raw", textLimit=8)["bytes"],
                         {"text": "00010203", "length": 2560, "cut": True})
        self.assertEqual([(i["label"], i["repr"]) for i in value(source="slotted")["items"]],
                         [(".left", "1")])
        self.assertEqual([i["repr"] for i in value(source="queue")["items"]], ["1", "2", "3"])
        self.assertEqual(value(source="nested")["repr"]["text"], "[[…]]")
        self.assertIn("100001 bits", value(source="big")["repr"]["text"])
        shown = value(source="closure")
        self.assertEqual(shown["items"][0], dict(shown["items"][0], label="closure request", repr="'kept'"))
        self.assertTrue(shown["source"]["file"].endswith("target.py"))
        self.assertEqual([i["repr"] for i in value(underscore=generator)["items"]], ["'gen'"])
        self.assertEqual(value(source="inside * 2", underscore=generator)["repr"]["text"], "'gengen'")
        depth = 0
        while "'number'" not in value(source="dir()", thread=ident, depth=depth)["repr"]["text"]:
            depth += 1
        self.assertEqual(value(source="local", thread=ident, depth=depth)["repr"]["text"],
                         "['local', 1]")

    def test_statements_errors_and_questions_to_the_heap(self):
        for python in self.each():
            with Target(python, PROGRAM) as target, target.client() as client:
                node, _ = target.ask("ids")
                _, result = keep(client)
                with Copy(result["twin"]["socket"]) as copy:
                    reply, output, _ = copy.value("statements", source="x = 6\nx * 7\nprint(x)\nNone\n")
                    self.assertEqual((reply, output), ({}, "42\n6\n"))
                    reply, _, _ = copy.value(source="nodes[3].nothing")
                    error = reply["error"]
                    self.assertEqual((error["kind"], error["type"]), ("exception", "AttributeError"))
                    self.assertIn("no attribute 'nothing'", error["message"])
                    self.assertNotIn("<whyalive", error["traceback"])
                    reply, _, _ = copy.value(source="nodes +")
                    self.assertEqual(reply["error"]["type"], "SyntaxError")
                    answers = {"by_type": lambda q: array.array("Q", [node] * 3),
                               "count": lambda q: {"answer": 3},
                               "path": lambda q: {"error": "that object is not in the snapshot"}}
                    for source, wanted in (("len(heap.by_type('Node'))", "3"),
                                           ("heap.by_type(Node)[1]", "Node(7)"),
                                           ("heap.count('Node')", "3"),
                                           ("[n.name for n in heap.by_type('Node')]", "[7, 7, 7]")):
                        reply, _, _ = copy.value(source=source, answers=answers)
                        self.assertEqual(reply["value"]["repr"]["text"], wanted)
                    reply, _, _ = copy.value(source="heap.path(nodes)", answers=answers)
                    self.assertIn("not in the snapshot", reply["error"]["message"])


class Large(Case):
    def test_of_a_very_long_string_only_what_is_asked_for_is_made(self):
        """WHYALIVE_TEST_LARGE=1: 2 GiB."""
        size = 2 << 30 if os.environ.get("WHYALIVE_TEST_LARGE") else 200 << 20
        code = SERVE + """
class Text(str): pass
class Spoken(str):
    def __repr__(self): return "spoken"
size = int(sys.argv[1])
text, raw = "x" * size, bytearray(size)
derived, spoken = Text(text), Spoken("y")
held = {"text": text, "raw": raw}
serve(size=lambda: len(text))
"""
        for python in self.each() if size < 1 << 30 else [FIRST]:
            with Target(python, code, args=(str(size),)) as target, target.client(timeout=300) as client:
                _, result = keep(client)
                with Copy(result["twin"]["socket"]) as copy:
                    def value(source, **how):
                        reply, _, _ = copy.value(source=source, memory=64 << 20, **how)
                        return reply["value"]

                    for source in ("text", "derived"):
                        seen = value(source, textLimit=10)
                        self.assertEqual(seen["repr"], {"text": "'xxxxxxxxx", "length": 10, "cut": True})
                        self.assertEqual(seen["text"], {"text": "x" * 10, "length": size, "cut": True})
                    self.assertEqual(value("raw", textLimit=8)["bytes"],
                                     {"text": "00000000", "length": size, "cut": True})
                    self.assertEqual(len(value("text", textLimit=1000000)["text"]["text"]), 1000000)
                    self.assertEqual(value("spoken")["repr"]["text"], "spoken")
                    for source in ("text", "raw"):  # at a prompt
                        reply, printed, _ = copy.value(op="statements", source=source, memory=64 << 20)
                        self.assertNotIn("error", reply)
                        self.assertTrue(printed.rstrip().endswith("… and %d more" % (size - 10000)), printed[-50:])
                        self.assertLess(len(printed), 50000)
                    items = value("held")["items"]
                    self.assertTrue(all(len(item["repr"]) <= 101 for item in items), items)
                self.assertEqual(target.ask("size"), size)


if __name__ == "__main__":
    unittest.main()
