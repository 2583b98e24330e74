"""whyalive/evaluate over the wire: values of the objects of a snapshot, out of the copy it was taken in."""
import os
import signal
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from editor import PYTHON, Editor, RequestFailed, has_agent  # noqa: E402

PROGRAM = '''\
import sys, threading
class Iq:
    def __init__(self, number): self.number = number
    def __str__(self): return "<iq id='%d'/>" % self.number
class Hangs:
    def __repr__(self):
        while True: pass
iqs = {n: Iq(n) for n in range(50)}
hangs = Hangs()
at_work = threading.Event()
def work():
    inside = "frame"
    at_work.set()
    threading.Event().wait()
threading.Thread(target=work, daemon=True).start()
at_work.wait()
open(sys.argv[1], "w").close()
threading.Event().wait()
'''


@unittest.skipUnless(has_agent(), "no agent is built for " + PYTHON)
class Values(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        script = Path(cls.folder.name) / "app.py"
        script.write_text(PROGRAM)
        runtime = Path(cls.folder.name) / "run"
        runtime.mkdir(mode=0o700)
        cls.editor = Editor(env={"WHYALIVE_RUNTIME_DIR": str(runtime)})
        cls.editor.initialize()
        ready = Path(cls.folder.name) / "ready"
        os.mkfifo(ready)
        cls.pid = cls.editor.request("whyalive/launch",
                                     {"command": [str(script), str(ready)], "python": PYTHON})["pid"]
        with open(ready):  # the agent answers before the program has got anywhere
            pass
        cls.snapshot = cls.editor.request("whyalive/snapshot", {})

    @classmethod
    def tearDownClass(cls):
        os.kill(cls.pid, signal.SIGKILL)
        cls.editor.kill()
        cls.folder.cleanup()

    def evaluate(self, expression="", **params):
        return self.editor.request("whyalive/evaluate", dict(params, expression=expression))

    def object_of(self, kind):
        rows = self.editor.request("whyalive/sql", {
            "sql": "SELECT id FROM objects WHERE type = '__main__.%s' ORDER BY id" % kind})["rows"]
        return rows[0][0]

    def test_1_a_snapshot_says_which_copy_answers_for_it(self):
        self.assertGreater(self.snapshot["copy"]["pid"], 0)
        processes = self.editor.request("whyalive/processes")["processes"]
        self.assertEqual([p["agent"] for p in processes if p["pid"] == self.snapshot["copy"]["pid"]],
                         ["copy"])

    def test_2_values_of_objects_and_expressions(self):
        iq = self.object_of("Iq")
        result = self.evaluate(object=iq)
        value = result["value"]
        self.assertEqual((value["id"], value["type"]), (iq, "__main__.Iq"))
        self.assertTrue(value["text"]["text"].startswith("<iq id="))
        self.assertEqual([i["label"] for i in value["items"]], [".number"])
        self.assertIsInstance(value["items"][0]["id"], int)
        self.assertEqual(self.evaluate("str(_)", object=iq)["value"]["text"]["text"],
                         value["text"]["text"])
        live = self.editor.request("whyalive/object", {"id": iq, "live": True})["live"]
        self.assertEqual(live["text"], value["text"]["text"])
        self.assertIn("Iq object at", live["value"])
        self.assertNotIn("live", self.editor.request("whyalive/object", {"id": iq}))
        page = self.evaluate("iqs", offset=10, limit=5)["value"]
        self.assertEqual((page["itemCount"], page["length"]), (50, 50))
        self.assertEqual([i["label"] for i in page["items"]], ["[%d]" % n for n in range(10, 15)])
        self.assertNotIn("id", self.evaluate("object()")["value"])
        result = self.evaluate("for n in (1, 2): print(n)\nheap.count('Iq')", mode="statements")
        self.assertEqual((result["value"], result["output"]), (None, "1\n2\n50\n"))
        frames = self.evaluate("[t for t, f in heap.frames().items() if 'work' in [one.f_code.co_name for one in f]]")
        thread = int(frames["value"]["items"][0]["repr"])
        names = [self.evaluate("dir()", frame={"thread": thread, "depth": depth})["value"]["repr"]["text"]
                 for depth in range(4)]
        depth = [i for i, text in enumerate(names) if "'inside'" in text][0]
        self.assertEqual(self.evaluate("inside", frame={"thread": thread, "depth": depth})["value"]["repr"]
                         ["text"], "'frame'")

    def test_3_what_goes_wrong_is_an_answer(self):
        error = self.evaluate("nothing")["error"]
        self.assertEqual((error["kind"], error["type"]), ("exception", "NameError"))
        # A repr is given time of the processor; a busy machine may take long to give that.
        hanging = self.evaluate(object=self.object_of("Hangs"), timeoutMs=60000)
        self.assertIn("its repr takes too long", hanging["value"]["repr"]["text"])
        self.assertEqual(self.evaluate("[1 for _ in iter(int, 1)]", timeoutMs=300)["error"]["kind"], "timeout")
        error = self.evaluate("__import__('collections').deque(__import__('itertools').repeat(0), maxlen=0)",
                              timeoutMs=200)["error"]
        self.assertEqual(error["kind"], "timeout")
        self.assertIn("could not be interrupted", error["message"])
        error = self.evaluate("__import__('ctypes').string_at(8)")["error"]
        self.assertEqual(error["kind"], "crash")
        self.assertIn("signal 11", error["message"])
        # The graph answers on, and so does the copy.
        self.assertEqual(self.editor.request("whyalive/sql", {"sql": "SELECT 1"})["rows"], [[1]])
        self.assertEqual(self.evaluate("1 + 1")["value"]["repr"]["text"], "2")

    def test_4_bad_params_and_cancelling(self):
        for params, words in (({}, "needs an expression or an object"),
                              ({"object": 1 << 30}, "object"),
                              ({"expression": "1", "snapshot": "s99"}, "no snapshot s99"),
                              ({"expression": 7}, "params.expression")):
            with self.assertRaises(RequestFailed) as caught:
                self.editor.request("whyalive/evaluate", params)
            self.assertIn(words, caught.exception.message)
        request = self.editor.start("whyalive/evaluate", {"expression": "[1 for _ in iter(int, 1)]",
                                                          "timeoutMs": 60000})
        self.editor.notify("$/cancelRequest", {"id": request})
        with self.assertRaises(RequestFailed) as caught:
            self.editor.reply(request)
        self.assertEqual(caught.exception.code, -32800)

    def test_5_the_copy_makes_way_and_can_be_let_go(self):
        second = self.editor.request("whyalive/snapshot", {})
        with self.assertRaises(RequestFailed) as caught:
            self.evaluate("1", snapshot=self.snapshot["snapshot"])
        self.assertIn("made way", caught.exception.message)
        self.assertEqual(self.evaluate("1")["value"]["repr"]["text"], "1")
        self.assertEqual(self.editor.request("whyalive/releaseCopy", {}), {})
        with self.assertRaises(RequestFailed) as caught:
            self.evaluate("1")
        self.assertEqual(caught.exception.data["kind"], "disconnected")
        third = self.editor.request("whyalive/snapshot", {})
        os.kill(third["copy"]["pid"], signal.SIGKILL)
        self.editor.notification("whyalive/stateChanged",
                                 lambda state: len(state["snapshots"]) == 3 and
                                 all("copy" not in one for one in state["snapshots"]))
        with self.assertRaises(RequestFailed) as caught:
            self.evaluate("1")
        self.assertIn("has ended", caught.exception.message)
        self.assertGreater(second["objects"], 1000)


if __name__ == "__main__":
    unittest.main()
