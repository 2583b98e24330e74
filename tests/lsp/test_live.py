"""A whole session on a real process: launched with the agent inside, two snapshots, and then every
feature that an editor shows, on the lines of the file at fault."""
import os
import signal
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from editor import PATIENCE, PYTHON, Editor, RequestFailed, has_agent  # noqa: E402
from leaky import LEAKY  # noqa: E402

# Leaks two requests for each line it reads; says how many it keeps.
@unittest.skipUnless(has_agent(), "no agent is built for " + PYTHON)
class Live(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        folder = Path(cls.folder.name)
        cls.runtime = folder / "run"
        cls.runtime.mkdir(mode=0o700)
        cls.file = folder / "leaky.py"
        cls.file.write_text(LEAKY)
        cls.orders, cls.answers = folder / "orders", folder / "answers"
        os.mkfifo(cls.orders)
        os.mkfifo(cls.answers)
        cls.lines = LEAKY.splitlines()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def setUp(self):
        self.editor = Editor(env={"WHYALIVE_RUNTIME_DIR": str(self.runtime)})
        self.addCleanup(self.editor.kill)
        self.editor.initialize()
        self.pid = self.editor.request("whyalive/launch", {
            "command": [str(self.file), str(self.orders), str(self.answers)],
            "python": PYTHON})["pid"]
        self.addCleanup(self.end_target)
        self.work(0)  # the agent answers before the program has got anywhere

    def end_target(self):
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def work(self, count):
        with open(self.orders, "w") as orders:
            orders.write(str(count))
        with open(self.answers) as answers:
            self.assertEqual(answers.read(), "done")

    def line_of(self, text):
        return next(i for i, line in enumerate(self.lines) if text in line)

    def test_editors_without_requests_of_their_own_use_commands(self):
        def run(command, *arguments):
            return self.editor.request("workspace/executeCommand",
                                       {"command": command, "arguments": list(arguments)})
        self.editor.request("whyalive/detach")
        try:  # other programs of this machine may have agents, too
            self.assertEqual(run("whyalive/attach")["pid"], self.pid)
        except RequestFailed as failed:
            self.assertRegex(failed.message, r"^\d+ processes have an agent in them$")
        self.assertEqual(run("whyalive/attach", {"pid": self.pid})["pid"], self.pid)
        self.assertEqual(run("whyalive/snapshot")["snapshot"], "s1")
        self.assertEqual(run("whyalive/snapshot", {"label": "again"})["label"], "again")
        path = str(Path(self.folder.name) / "kept.whyalive")
        self.editor.request("whyalive/saveSnapshot", {"path": path})
        self.assertEqual(run("whyalive/openSnapshot", {"path": path})["snapshot"], "s3")

    def test_a_snapshot_in_the_process_itself_says_what_it_did(self):
        taken = self.editor.request("whyalive/snapshot", {"inProcess": True})
        self.assertGreater(taken["objects"], 10000)
        self.assertRegex(taken["warning"], r"^The process itself was walked and stood still for \d+ ms; no frozen copy")
        self.assertNotIn("copy", taken)
        self.work(1)  # and goes on
        self.assertEqual(self.editor.request("whyalive/snapshot")["warning"], "")
        self.editor.notify("workspace/didChangeConfiguration",
                           {"settings": {"whyalive": {"snapshot": {"inProcess": True}}}})
        self.assertNotEqual(self.editor.request("whyalive/snapshot")["warning"], "")
        self.assertEqual(self.editor.request("whyalive/snapshot", {"inProcess": False})["warning"], "")

    def test_a_leak_from_launch_to_the_line(self):
        editor = self.editor
        state = editor.notification("whyalive/stateChanged", lambda p: p["target"])
        self.assertEqual(state["target"]["pid"], self.pid)
        self.assertTrue(state["target"]["alive"])
        self.assertGreater(state["target"]["rss"], 1 << 20)

        uri = editor.open(self.file)
        self.assertEqual(editor.hints(uri), [])
        first = editor.request("whyalive/snapshot", {"label": "before"})
        self.assertEqual((first["snapshot"], first["pid"]), ("s1", self.pid))
        self.assertGreater(first["objects"], 10000)
        self.assertGreater(first["stoppedMs"], 0)
        self.work(500)
        second = editor.request("whyalive/snapshot", {"pid": self.pid})
        self.assertEqual(second["snapshot"], "s2")

        self.check_partition()
        self.check_suspect()
        self.check_editor(uri)
        self.check_jump(uri)

    def check_partition(self):
        table = self.editor.request("whyalive/partition", {"by": "type", "since": "s1"})
        row = next(row for row in table["rows"] if row["kind"] == "__main__.Request")
        self.assertEqual((row["count"], row["growth"]["count"]), (3500, 500))

    def check_suspect(self):
        suspects = self.editor.request("whyalive/suspects", {})["suspects"]
        self.assertTrue(suspects)
        first = suspects[0]
        self.assertEqual(first["kind"], "growth")
        self.assertEqual(first["holder"]["expression"], "__main__.dispatcher._expected")
        self.assertEqual(first["growth"]["count"], 500)
        best = first["locations"][0]
        self.assertEqual(best["role"], "store")
        self.assertEqual(best["line"], self.line_of("self._expected[number]") + 1)
        # What one snapshot alone says is no growth.
        alone = self.editor.request("whyalive/suspects", {"snapshot": "s2", "since": []})
        self.assertNotIn("growth", [one["kind"] for one in alone["suspects"]])

    def check_editor(self, uri):
        editor = self.editor
        by_line = {hint["position"]["line"]: hint for hint in editor.hints(uri)}
        label = {line: hint["label"] for line, hint in by_line.items()}
        self.assertIn("3,500 live", label[self.line_of("class Request")])
        self.assertIn("3,500 entries", label[self.line_of("self._expected = {}")])
        store = self.line_of("self._expected[number]")
        self.assertIn("keeps 3,500 Request", label[store])
        resolved = editor.request("inlayHint/resolve", by_line[store])
        self.assertTrue(resolved["tooltip"]["value"])

        # Hints follow an edit before anything is saved.
        editor.notify("textDocument/didChange", {
            "textDocument": {"uri": uri, "version": 2},
            "contentChanges": [{"range": {"start": {"line": 0, "character": 0},
                                          "end": {"line": 0, "character": 0}},
                                "text": "# one line more\n"}]})
        self.assertIn(store + 1, {hint["position"]["line"] for hint in editor.hints(uri)})

        lenses = editor.request("textDocument/codeLens", {"textDocument": {"uri": uri}})
        titles = [editor.request("codeLens/resolve", lens)["command"]["title"] for lens in lenses]
        self.assertTrue(any("suspect 1" in title for title in titles), titles)
        hover = editor.request("textDocument/hover", {
            "textDocument": {"uri": uri},
            "position": {"line": self.line_of("class Request") + 1, "character": 8}})
        self.assertIn("3,500", hover["contents"]["value"])

        published = editor.notification("textDocument/publishDiagnostics",
                                        lambda p: p["uri"] == uri and p["diagnostics"])
        diagnostic = published["diagnostics"][0]
        self.assertEqual((diagnostic["severity"], diagnostic["code"]), (2, "growth"))
        self.assertEqual(diagnostic["range"]["start"]["line"], store)
        self.assertTrue(diagnostic["relatedInformation"])
        for method in ("workspace/inlayHint/refresh", "workspace/codeLens/refresh"):
            editor.wait(lambda: method in [one["method"] for one in editor.asked], method)

        store += 1
        actions = editor.request("textDocument/codeAction", {
            "textDocument": {"uri": uri}, "context": {"diagnostics": [diagnostic]},
            "range": {"start": {"line": store, "character": 0},
                      "end": {"line": store, "character": 0}}})
        titles = [action["title"] for action in actions]
        self.assertIn("Go to where __main__.dispatcher._expected is made", titles)
        self.assertIn("Mark as expected: Dispatcher._expected holds 3,500 entries", titles)

    def check_jump(self, uri):
        location = self.editor.request("workspace/executeCommand",
                                       {"command": "whyalive.jumpToLeak", "arguments": []})
        self.assertEqual(location["uri"], uri)
        shown = [one["params"] for one in self.editor.asked
                 if one["method"] == "window/showDocument"]
        self.assertEqual(shown[-1]["uri"], uri)
        self.assertEqual(shown[-1]["selection"], location["range"])

    def test_a_target_that_ends_is_said_and_its_snapshots_stay(self):
        editor = self.editor
        editor.request("whyalive/snapshot", {})
        self.end_target()
        state = editor.notification("whyalive/stateChanged",
                                    lambda p: p["target"] and not p["target"]["alive"])
        self.assertEqual(state["current"], "s1")
        self.assertIn("has ended", editor.error("whyalive/snapshot", {}).message)
        self.assertTrue(editor.request("whyalive/partition", {})["rows"])

    def test_detach_leaves_the_target_running(self):
        editor = self.editor
        editor.request("whyalive/detach", {})
        self.assertIsNone(editor.notification("whyalive/stateChanged")["target"])
        self.work(1)
        self.assertEqual(editor.request("whyalive/attach", {"pid": self.pid})["pid"], self.pid)
        self.assertEqual(editor.leave(), 0)
        self.work(1)

    def test_an_editor_that_vanishes_leaves_the_target_running(self):
        self.editor.request("whyalive/snapshot", {})
        self.editor.kill()
        self.work(1)

    def test_a_snapshot_of_a_stopped_target_can_be_cancelled(self):
        os.kill(self.pid, signal.SIGSTOP)
        number = self.editor.start("whyalive/snapshot", {})
        self.editor.notify("$/cancelRequest", {"id": number})
        self.editor.request("whyalive/processes", {})  # the server has seen both
        os.kill(self.pid, signal.SIGCONT)
        try:
            self.editor.reply(number)  # each outcome is right; a hang is not
        except RequestFailed as failed:
            if "is stopped" not in failed.message:
                self.assertEqual(failed.code, -32800)
        self.work(1)

    def test_a_launch_that_fails_says_why(self):
        error = self.editor.error("whyalive/launch", {"command": ["/nonexistent/program"]})
        self.assertEqual(error.data["kind"], "not-found")
        error = self.editor.error("whyalive/launch", {
            "command": ["/bin/sh", "-c", "exit 3"]})
        self.assertIn("exit code 3", error.message)


if __name__ == "__main__":
    unittest.main()
