"""A scripted editor for tests: starts the real `whyalive lsp` and talks to it over stdio."""
import json
import os
import subprocess
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("WHYALIVE_BUILD_DIR", ROOT / "build"))
WHYALIVE = BUILD / "whyalive"
PYTHON = "/usr/bin/python3"  # runs the targets
PATIENCE = 60  # seconds for an answer; only a failing test waits that long

CAPABILITIES = {
    "general": {"positionEncodings": ["utf-16"]},
    "window": {"showDocument": {"support": True}, "workDoneProgress": True},
    "workspace": {"inlayHint": {"refreshSupport": True}, "codeLens": {"refreshSupport": True}},
    "textDocument": {
        "inlayHint": {"resolveSupport": {"properties": ["tooltip", "label.location"]}},
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}},
        "publishDiagnostics": {"relatedInformation": True},
    },
}


def has_agent():
    tag = subprocess.check_output(
        [PYTHON, "-c", "import sys; print('cpython-%d%d' % sys.version_info[:2])"], text=True)
    return any((BUILD / "agent/python/whyalive").glob("_agent.%s*.so" % tag.strip()))


class RequestFailed(Exception):
    def __init__(self, error):
        super().__init__("%(code)s %(message)s" % error)
        self.code = error["code"]
        self.message = error["message"]
        self.data = error.get("data")


class Editor:
    """Requests wait for their reply; what the server asks is answered at once and remembered."""

    def __init__(self, env=None, arguments=("lsp",), prefix=()):
        self.process = subprocess.Popen(
            [*prefix, str(WHYALIVE), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env={**os.environ, **(env or {})})
        self.next_id = 1
        self.replies = {}       # id -> message
        self.asked = []         # requests of the server
        self.notifications = []
        self.strays = []        # replies without an id of ours
        self.changed = threading.Condition()
        self.ended = False
        self.errors = []
        self.threads = [threading.Thread(target=run, daemon=True)
                        for run in (self._read, self._read_errors)]
        for thread in self.threads:
            thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        try:
            self.process.stdin.close()
        except OSError:
            pass
        # A program that the server launched may hold stderr open: then its reader goes with us.
        for thread, stream in zip(self.threads, (self.process.stdout, self.process.stderr)):
            thread.join(1)
            if not thread.is_alive():
                stream.close()

    # --- reading ---
    def _read(self):
        try:
            while True:
                length = None
                while True:
                    line = self.process.stdout.readline()
                    if not line:
                        return
                    if line == b"\r\n":
                        break
                    name, value = line.split(b":", 1)
                    if name.lower() == b"content-length":
                        length = int(value)
                body = self.process.stdout.read(length)
                self._handle(json.loads(body))
        except ValueError:
            pass  # closed under us
        finally:
            with self.changed:
                self.ended = True
                self.changed.notify_all()

    def _read_errors(self):
        try:
            for line in self.process.stderr:
                self.errors.append(line.decode("utf-8", "replace"))
        except ValueError:
            pass

    def _handle(self, message):
        answer = None
        with self.changed:
            if "method" in message and "id" in message:
                self.asked.append(message)
                answer = self.answer(message)
            elif "method" in message:
                self.notifications.append(message)
            elif message.get("id") in self.replies:
                raise AssertionError("two replies for one request: %r" % message)
            elif message.get("id") is None:
                self.strays.append(message)
            else:
                self.replies[message["id"]] = message
            self.changed.notify_all()
        if answer is not None:
            self.send({"jsonrpc": "2.0", "id": message["id"], "result": answer})

    def answer(self, request):
        """What this editor says to a request of the server; a test may override it."""
        return {"success": True} if request["method"] == "window/showDocument" else {}

    def wait(self, found, what):
        """Waits until found() is true, and returns it."""
        deadline = time.monotonic() + PATIENCE
        with self.changed:
            while True:
                result = found()
                if result:
                    return result
                left = deadline - time.monotonic()
                if left <= 0 or self.ended:
                    raise AssertionError("%s did not come; the server said: %s" % (what, self.complaints()))
                self.changed.wait(left)

    def complaints(self):
        """What came on the standard error; all of it when the server has ended."""
        if self.ended:
            self.threads[1].join(5)  # a program that the server launched may hold it open
        return "".join(self.errors)

    # --- writing ---
    def send_bytes(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send_text(self, body):
        data = body if isinstance(body, bytes) else body.encode()
        self.send_bytes(b"Content-Length: %d\r\n\r\n" % len(data) + data)

    def send(self, message):
        self.send_text(json.dumps(message))

    def start(self, method, params=None):
        """Sends a request and returns its id."""
        number = self.next_id
        self.next_id += 1
        message = {"jsonrpc": "2.0", "id": number, "method": method}
        if params is not None:
            message["params"] = params
        self.send(message)
        return number

    def reply(self, number):
        message = self.wait(lambda: self.replies.get(number), "the reply to %r" % number)
        if "error" in message:
            raise RequestFailed(message["error"])
        return message["result"]

    def request(self, method, params=None):
        return self.reply(self.start(method, params))

    def error(self, method, params=None):
        """The error that this request must answer."""
        try:
            result = self.request(method, params)
        except RequestFailed as failed:
            return failed
        raise AssertionError("%s answered %r instead of an error" % (method, result))

    def notify(self, method, params=None):
        message = {"jsonrpc": "2.0", "method": method}
        if params is not None:
            message["params"] = params
        self.send(message)

    def notification(self, method, fits=lambda params: True):
        """The latest notification of that method that fits, waiting for it."""
        def find():
            for one in reversed(self.notifications):
                if one["method"] == method and fits(one["params"]):
                    return one
            return None
        return self.wait(find, method)["params"]

    # --- what every editor does ---
    def initialize(self, capabilities=None, options=None):
        result = self.request("initialize", {
            "processId": os.getpid(), "rootUri": None,
            "capabilities": CAPABILITIES if capabilities is None else capabilities,
            "initializationOptions": options})
        self.notify("initialized", {})
        return result

    def open(self, path, text=None):
        uri = Path(path).as_uri()
        self.notify("textDocument/didOpen", {"textDocument": {
            "uri": uri, "languageId": "python", "version": 1,
            "text": Path(path).read_text() if text is None else text}})
        return uri

    def hints(self, uri):
        return self.request("textDocument/inlayHint", {
            "textDocument": {"uri": uri},
            "range": {"start": {"line": 0, "character": 0},
                      "end": {"line": 1000000, "character": 0}}})

    def leave(self):
        """shutdown, exit; returns the exit code."""
        self.request("shutdown")
        self.notify("exit")
        return self.process.wait(PATIENCE)
