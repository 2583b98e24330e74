"""The real thing: xmpppy from PyPI, whose 0.7.2 never forgets a query, and whose 0.7.3 does."""
import os
import re
import shutil
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "cli"),
                os.path.join(os.path.dirname(HERE), "lsp")]
from cli_support import BUILD, CliCase
from editor import Editor
from xmpp_stub_server import StubServer

PROGRAM = os.path.join(HERE, "xmpp_client_program.py")
QUERIES = 3000
STATEMENT = "self._expected[self.send(stanza)]=(func,args)"


class NotHere(Exception):
    pass


def interpreter_with(package, version):
    """The Python of a virtual environment with the package, made once."""
    folder = os.path.join(BUILD, "e2e", "%s-%s" % (package, version))
    python, stamp = os.path.join(folder, "bin", "python"), os.path.join(folder, "complete")
    if os.path.exists(stamp):
        return python
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    pip = subprocess.run([python, "-m", "pip", "install", "--quiet", "--timeout", "15", "--retries",
                          "1", "--disable-pip-version-check", "%s==%s" % (package, version)],
                         stderr=subprocess.PIPE, text=True, check=False)
    if pip.returncode != 0:
        raise NotHere("%s %s cannot be had from PyPI: %s" % (
            package, version, (pip.stderr.strip().splitlines() or ["pip failed"])[-1]))
    with open(stamp, "w", encoding="utf-8"):
        return python


class Xmpppy(CliCase):
    def connect(self, version, is_late):
        self.server = StubServer(is_late)
        self.addCleanup(self.server.close)
        return self.start_with_agent(PROGRAM, self.server.port, QUERIES,
                                     python=interpreter_with("xmpppy", version))

    def tell(self, process, line):
        process.stdin.write(line + "\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        self.assertTrue(answer.startswith("done"), answer)
        return int(answer.split()[1])

    def suspects(self, target, *more):
        return self.ok("suspects", target, "--json", *more).json()["suspects"]

    def assertIsTheLeak(self, suspect, entries):
        self.assertEqual(suspect["holder"]["expression"], "__main__.client.Dispatcher._expected")
        self.assertEqual(suspect["holder"]["type"], "dict")
        self.assertEqual([step["kind"] for step in suspect["holder"]["steps"]],
                         ["module", "global", "attribute", "attribute"])
        self.assertEqual(suspect["types"][0]["type"], "xmpp.protocol.Iq")
        self.assertAlmostEqual(suspect["types"][0]["count"], entries, delta=entries * 0.01)
        self.assertAlmostEqual(suspect["count"], entries, delta=entries * 0.01)
        store = suspect["locations"][0]
        self.assertEqual(store["role"], "store")
        self.assertTrue(store["file"].endswith("/xmpp/dispatcher.py"), store)
        self.assertEqual(store["function"], "Dispatcher.SendAndCallForResponse")
        self.assertEqual(store["text"], STATEMENT)
        with open(store["file"], encoding="utf-8") as file:
            line = file.read().splitlines()[store["line"] - 1]
        self.assertEqual(line[store["column"] - 1:], STATEMENT)
        self.assertIn("define", [location["role"] for location in suspect["locations"]])
        return store

    def test_one_snapshot_of_0_7_2_names_the_dict_and_the_line(self):
        process = self.connect("0.7.2", is_late=lambda number: number % 2 == 0)
        self.tell(process, "expect %d" % (QUERIES // 2))
        suspects = self.suspects(process.pid)
        self.assertTrue(suspects)
        self.assertEqual(suspects[0]["kind"], "accumulation")
        self.assertIsTheLeak(suspects[0], QUERIES)
        released = self.server.release()
        self.assertEqual(self.tell(process, "expect %d" % QUERIES), QUERIES)
        self.assertEqual(released, QUERIES // 2)
        self.assertIsTheLeak(self.suspects(process.pid)[0], QUERIES)

    def test_two_snapshots_of_0_7_2_show_the_growth_and_the_annotated_line(self):
        process = self.connect("0.7.2", is_late=lambda number: False)
        before, after = self.path("before.whyalive"), self.path("after.whyalive")
        self.ok("snapshot", process.pid, "-o", before)
        self.tell(process, "ask 1500")
        self.tell(process, "expect %d" % (QUERIES + 1500))
        self.ok("snapshot", process.pid, "-o", after)
        suspect = self.suspects(after, "--since", before)[0]
        self.assertEqual(suspect["kind"], "growth")
        self.assertAlmostEqual(suspect["growth"]["count"], 1500, delta=15)
        store = self.assertIsTheLeak(suspect, QUERIES + 1500)
        listing = self.ok("annotate", after, store["file"], "--since", before).out.splitlines()
        self.assertRegex(listing[store["line"] - 1], r"%s +⟵ keeps [\d,]+ Iq · [\d.]+ MB$" %
                         re.escape(STATEMENT))

    def test_0_7_3_without_late_answers_is_not_suspected_there(self):
        process = self.connect("0.7.3", is_late=lambda number: False)
        self.tell(process, "expect %d" % QUERIES)
        before = self.path("before.whyalive")
        self.ok("snapshot", process.pid, "-o", before)
        self.tell(process, "ask 1500")
        self.tell(process, "expect %d" % (QUERIES + 1500))
        for suspects in (self.suspects(process.pid), self.suspects(process.pid, "--since", before)):
            self.assertEqual([s for s in suspects if "_expected" in s["holder"]["expression"]], [])

    # In an editor: attach, look twice, follow the hint to the line, take the offered fix, look again.

    def connect_own_copy(self, version):
        """The program with a copy of the package that may be edited."""
        python = interpreter_with("xmpppy", version)
        installed = subprocess.check_output(
            [python, "-c", "import os, xmpp; print(os.path.dirname(xmpp.__file__))"], text=True)
        shutil.copytree(installed.strip(), self.path("own/xmpp"), dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("__pycache__"))
        return self.start_own_copy(python), python

    def start_own_copy(self, python):
        self.server = StubServer(lambda number: False)
        self.addCleanup(self.server.close)
        return self.start_with_agent(PROGRAM, self.server.port, QUERIES, python=python,
                                     env={"PYTHONPATH": self.path("own"),
                                          "PYTHONDONTWRITEBYTECODE": "1"})

    def look_twice(self, editor, process):
        editor.request("whyalive/attach", {"pid": process.pid})
        editor.request("whyalive/snapshot", {"label": "before"})
        self.tell(process, "ask 1500")
        self.tell(process, "expect %d" % (QUERIES + 1500))
        editor.request("whyalive/snapshot", {"label": "after"})
        return editor.request("whyalive/suspects", {})["suspects"]

    def edit(self, path, text, edits):
        """The text after an editor's text edits, which do not overlap; ASCII lines only."""
        lines = text.splitlines(keepends=True)
        for one in sorted(edits, key=lambda e: (e["range"]["start"]["line"],
                                                e["range"]["start"]["character"]), reverse=True):
            start, end = one["range"]["start"], one["range"]["end"]
            self.assertEqual(start["line"], end["line"])
            line = lines[start["line"]]
            lines[start["line"]] = line[:start["character"]] + one["newText"] + line[end["character"]:]
        with open(path, "w", encoding="utf-8") as file:
            file.write("".join(lines))
        return "".join(lines)

    def test_an_editor_leads_from_attach_to_the_fix_and_then_nothing_is_suspected(self):
        process, python = self.connect_own_copy("0.7.2")
        path = self.path("own/xmpp/dispatcher.py")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        number = next(i for i, line in enumerate(text.splitlines()) if line.strip() == STATEMENT)
        with Editor(env=self.environment) as editor:
            editor.initialize()
            suspects = self.look_twice(editor, process)
            self.assertEqual(suspects[0]["kind"], "growth")
            self.assertIsTheLeak(suspects[0], QUERIES + 1500)

            # The editor is asked to show the line; there the hint, the diagnostic and the actions stand.
            editor.request("workspace/executeCommand",
                           {"command": "whyalive.jumpToLeak", "arguments": []})
            shown = next(one["params"] for one in editor.asked
                         if one["method"] == "window/showDocument")
            self.assertTrue(shown["uri"].endswith("/own/xmpp/dispatcher.py"), shown)
            self.assertEqual(shown["selection"]["start"]["line"], number)
            uri = editor.open(path, text)
            hints = {one["position"]["line"]: one["label"] for one in editor.hints(uri)}
            self.assertRegex(str(hints[number]), r"keeps 4,[45]\d\d Iq")
            problem = editor.notification("textDocument/publishDiagnostics",
                                          lambda p: p["uri"] == uri and p["diagnostics"])
            self.assertEqual(problem["diagnostics"][0]["range"]["start"]["line"], number)
            at = {"line": number, "character": 8}
            actions = editor.request("textDocument/codeAction", {
                "textDocument": {"uri": uri}, "range": {"start": at, "end": at},
                "context": {"diagnostics": problem["diagnostics"]}})
            fix = next(one for one in actions if "(pop)" in one["title"])
            fixed = self.edit(path, text, fix["edit"]["changes"][uri])
        self.assertIn("cb,args=session._expected.pop(ID)", fixed)
        self.stop(process)

        process = self.start_own_copy(python)
        with Editor(env=self.environment) as editor:
            editor.initialize()
            self.assertEqual([one["title"] for one in self.look_twice(editor, process)], [])


if __name__ == "__main__":
    try:
        interpreter_with("xmpppy", "0.7.2")
        interpreter_with("xmpppy", "0.7.3")
    except NotHere as reason:
        print("skipped:", reason)
        sys.exit(77)
    unittest.main()
