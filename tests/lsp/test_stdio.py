"""The real `whyalive lsp` over stdio: a session starts, goes on after every kind of bad input, and
ends with the exit code that LSP asks for."""
import json
import os
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from editor import PATIENCE, WHYALIVE, Editor  # noqa: E402

URI = "file:///nowhere/app.py"
POSITION = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 0}}


class Started(unittest.TestCase):
    def setUp(self):
        self.runtime = tempfile.TemporaryDirectory()
        self.editor = Editor(env={"WHYALIVE_RUNTIME_DIR": self.runtime.name})
        self.addCleanup(self.runtime.cleanup)
        self.addCleanup(self.editor.kill)


class Lifecycle(Started):
    def test_initialize_tells_what_the_server_can_do(self):
        result = self.editor.initialize()
        self.assertEqual(result["serverInfo"]["name"], "whyalive")
        capabilities = result["capabilities"]
        self.assertEqual(capabilities["positionEncoding"], "utf-16")
        self.assertEqual(capabilities["textDocumentSync"]["change"], 2)
        self.assertTrue(capabilities["inlayHintProvider"]["resolveProvider"])
        self.assertIn("whyalive.jumpToLeak", capabilities["executeCommandProvider"]["commands"])
        self.assertEqual(self.editor.leave(), 0)

    def test_utf8_is_taken_where_it_is_offered(self):
        result = self.editor.initialize(
            {"general": {"positionEncodings": ["utf-16", "utf-8"]}})
        self.assertEqual(result["capabilities"]["positionEncoding"], "utf-8")

    def test_capabilities_of_strange_types_are_taken_as_absent(self):
        result = self.editor.initialize({"general": 5, "window": [], "workspace": None})
        self.assertEqual(result["capabilities"]["positionEncoding"], "utf-16")

    def test_initialize_comes_first_and_once(self):
        self.assertEqual(self.editor.error("textDocument/hover", POSITION).code, -32002)
        self.editor.initialize()
        self.assertEqual(
            self.editor.error("initialize", {"processId": None, "rootUri": None,
                                             "capabilities": {}}).code, -32600)

    def test_exit_without_shutdown_is_a_failure(self):
        self.editor.initialize()
        self.editor.notify("exit")
        self.assertEqual(self.editor.process.wait(PATIENCE), 1)

    def test_nothing_but_exit_after_shutdown(self):
        self.editor.initialize()
        self.assertIsNone(self.editor.request("shutdown"))
        self.assertEqual(self.editor.error("textDocument/hover", POSITION).code, -32600)
        self.editor.notify("exit")
        self.assertEqual(self.editor.process.wait(PATIENCE), 0)

    def test_an_editor_that_vanishes_ends_the_server(self):
        self.editor.initialize()
        self.editor.process.stdin.close()
        self.assertEqual(self.editor.process.wait(PATIENCE), 1)

    def test_an_editor_that_vanishes_in_the_middle_of_a_message(self):
        self.editor.send_bytes(b"Content-Length: 100\r\n\r\n{")
        self.editor.process.stdin.close()
        self.assertEqual(self.editor.process.wait(PATIENCE), 1)

    def test_input_from_a_file_works_too(self):
        import subprocess
        body = b'{"jsonrpc":"2.0","method":"exit"}'
        with tempfile.TemporaryFile() as file:
            file.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
            file.seek(0)
            done = subprocess.run([str(WHYALIVE), "lsp"], stdin=file, stdout=subprocess.PIPE,
                                  timeout=PATIENCE)
        self.assertEqual((done.returncode, done.stdout), (1, b""))

    def test_wrong_settings_are_said_and_the_session_starts(self):
        self.editor.initialize(options={"hints": {"minimumCount": "many"}})
        said = self.editor.notification("window/showMessage")
        self.assertIn("whyalive.hints.minimumCount: type must be number, but is string",
                      said["message"])
        self.assertEqual(self.editor.leave(), 0)


class BadInput(Started):
    def setUp(self):
        super().setUp()
        self.editor.initialize()

    def still_alive(self):
        self.assertIsNone(self.editor.request("textDocument/hover", POSITION))

    def stray(self):
        found = self.editor.wait(lambda: self.editor.strays, "an error without id")
        return found[-1]["error"]

    def test_malformed_json(self):
        self.editor.send_text('{"jsonrpc":"2.0","id":1,')
        error = self.stray()
        self.assertEqual(error["code"], -32700)
        self.assertIn("not JSON", error["message"])
        self.still_alive()

    def test_bytes_that_are_not_utf8(self):
        self.editor.send_text(b'{"jsonrpc":"2.0","method":"\xff"}')
        self.assertEqual(self.stray()["code"], -32700)
        self.still_alive()

    def test_deep_nesting(self):
        self.editor.send_text("[" * 100000 + "]" * 100000)
        self.assertIn("nested too deeply", self.stray()["message"])
        self.still_alive()

    def test_a_batch(self):
        self.editor.send_text("[]")
        self.assertEqual(self.stray()["code"], -32600)
        self.still_alive()

    def test_a_header_that_makes_no_sense(self):
        for header in (b"Content-Length: ten\r\n\r\n", b"Content-Length: -1\r\n\r\n",
                       b"\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"):
            before = len(self.editor.strays)
            self.editor.send_bytes(header)
            self.still_alive()
            self.assertGreater(len(self.editor.strays), before, header)

    def test_a_huge_frame_is_refused_and_skipped(self):
        size = 70 * 1024 * 1024
        self.editor.send_bytes(b"Content-Length: %d\r\n\r\n" % size)
        for _ in range(70):
            self.editor.send_bytes(b" " * (1024 * 1024))
        self.assertIn("over the limit", self.stray()["message"])
        self.still_alive()

    def test_params_of_the_wrong_type_name_their_path(self):
        wrong = [
            ("textDocument/hover", {"textDocument": {"uri": URI},
                                    "position": {"line": 0, "character": "x"}},
             "params.position.character: type must be number, but is string"),
            ("textDocument/hover", {"textDocument": {"uri": URI}, "position": {"line": -1}},
             "params.position.line: must be between 0 and 4294967295"),
            ("textDocument/inlayHint", {}, "params.textDocument: is missing"),
            ("textDocument/inlayHint", [], "params: type must be object, but is array"),
            ("textDocument/codeLens", {"textDocument": 7},
             "params.textDocument: type must be object, but is number"),
            ("workspace/executeCommand", {"command": "whyalive.jumpToLeak",
                                          "arguments": [{"rank": "first"}]},
             "params.arguments[0].rank: type must be number, but is string"),
            ("whyalive/attach", {"pid": "4711"},
             "params.pid: type must be number, but is string"),
            ("whyalive/partition", {"by": "colour"},
             "params.by: must be one of kind, type, module, holder, referrers, via, size, id"),
            ("whyalive/launch", {"command": ["x", 1]},
             "params.command[1]: type must be string, but is number"),
            ("whyalive/openSnapshot", {"path": "relative"},
             "params.path: must be an absolute path"),
        ]
        for method, params, message in wrong:
            error = self.editor.error(method, params)
            self.assertEqual((error.code, error.message), (-32602, message))
            self.assertEqual(error.data["kind"], "invalid-argument")
        self.still_alive()

    def test_unknown_methods_and_commands(self):
        self.assertEqual(self.editor.error("textDocument/rename", {}).code, -32601)
        self.assertEqual(self.editor.error("$/unknown", {}).code, -32601)
        self.assertIn("no command",
                      self.editor.error("workspace/executeCommand", {"command": "x"}).message)
        self.editor.notify("$/unknown", {})
        self.editor.notify("textDocument/unknown", {})
        self.still_alive()

    def test_changes_to_a_document_that_is_not_open_are_logged(self):
        self.editor.notify("textDocument/didChange", {
            "textDocument": {"uri": URI, "version": 2}, "contentChanges": [{"text": "x"}]})
        logged = self.editor.notification("window/logMessage")
        self.assertIn("is not open", logged["message"])
        self.still_alive()

    def test_a_flood_of_requests_gets_every_reply(self):
        numbers = [self.editor.start("textDocument/hover", POSITION) for _ in range(2000)]
        for number in numbers:
            self.assertIsNone(self.editor.reply(number))


class BeforeASnapshot(Started):
    def setUp(self):
        super().setUp()
        self.editor.initialize()

    def test_requests_answer_empty(self):
        document = {"textDocument": {"uri": URI}}
        self.assertEqual(self.editor.hints(URI), [])
        self.assertEqual(self.editor.request("textDocument/codeLens", document), [])
        self.assertIsNone(self.editor.request("textDocument/hover", POSITION))
        self.assertIsNone(self.editor.request("workspace/executeCommand",
                                              {"command": "whyalive.jumpToLeak"}))
        self.assertEqual(self.editor.request("whyalive/suspects", {}),
                         {"snapshot": "", "suspects": [], "cleared": []})
        self.assertEqual(self.editor.request("whyalive/partition", {})["rows"], [])

    def test_processes_lists_this_very_python(self):
        listed = self.editor.request("whyalive/processes", {})["processes"]
        mine = [one for one in listed if one["pid"] == os.getpid()]
        self.assertEqual(len(mine), 1)
        self.assertEqual(mine[0]["agent"], "absent")
        self.assertGreater(mine[0]["rss"], 1 << 20)
        self.assertTrue(mine[0]["python"].startswith("%d.%d" % sys.version_info[:2]))

    def test_what_cannot_be_attached_says_why(self):
        cases = [
            ({"pid": 2 ** 22 + 7}, "not-found", "there is no process"),
            ({"pid": os.getpid(), "load": False}, "not-found", "has no whyalive agent in it"),
            ({"pid": self.editor.process.pid}, "unsupported", "is not a Python process"),
        ]
        for params, kind, message in cases:
            error = self.editor.error("whyalive/attach", params)
            self.assertIn(message, error.message)
            self.assertEqual(error.data["kind"], kind)
            self.assertTrue(error.data["remedy"])
        self.assertEqual(self.editor.error("whyalive/attach", {"pid": -1}).code, -32602)
        self.assertEqual(self.editor.error("whyalive/attach", {"pid": 1 << 40}).code, -32602)

    def test_nothing_to_detach_or_to_take_a_snapshot_of(self):
        self.assertIn("no process is attached", self.editor.error("whyalive/detach", {}).message)
        self.assertIn("no process is attached", self.editor.error("whyalive/snapshot", {}).message)
        self.assertIn("there is no snapshot",
                      self.editor.error("whyalive/partition", {"snapshot": "s9"}).message)

    def test_a_file_that_is_no_snapshot(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "x.whyalive"
            self.assertEqual(
                self.editor.error("whyalive/openSnapshot", {"path": str(path)}).data["kind"],
                "not-found")
            for content in (b"", b"hello", os.urandom(5000)):
                path.write_bytes(content)
                error = self.editor.error("whyalive/openSnapshot", {"path": str(path)})
                self.assertEqual(error.data["kind"], "corrupt")


if __name__ == "__main__":
    unittest.main()
