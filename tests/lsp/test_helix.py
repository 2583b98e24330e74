"""A session in a real Helix on a terminal of its own, with the configuration of docs/editors.md: attach, two
snapshots, hints after an edit, the suspect among the diagnostics."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import editors_install  # noqa: E402
from editor import PYTHON, WHYALIVE  # noqa: E402
from leaky import LEAKY  # noqa: E402
from real_editor import main  # noqa: E402

PATIENCE = 60
DOCUMENTATION = Path(__file__).resolve().parents[2] / "docs" / "editors.md"
HELIX = None


def languages():
    """The configuration as the documentation has it, with this server and no other."""
    section = DOCUMENTATION.read_text(encoding="utf-8").split("## Helix")[1]
    text = re.search(r"```toml\n(.*?)```", section, re.S).group(1)
    return (text.replace('command = "whyalive"', 'command = "%s"' % WHYALIVE)
            .replace('["pylsp", "whyalive"]', '["whyalive"]'))


ROWS, COLUMNS = 50, 160


class Screen:
    """The editor on a pseudo-terminal, and what stands on it: Helix writes only what changes."""

    SEQUENCE = re.compile(r"\x1b\[([0-9;?]* ?)([A-Za-z])|\x1b[()][A-Z0-9]|\x1b.|[^\x1b]", re.S)

    def __init__(self, words, environment):
        self.cells = [[" "] * COLUMNS for _ in range(ROWS)]
        self.row = self.column = 0
        self.rest = ""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execvpe(words[0], words, environment)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def text(self):
        return "\n".join("".join(row).rstrip() for row in self.cells)

    def keys(self, text):
        os.write(self.terminal, text.encode())

    def shows(self, words, seconds):
        end = time.monotonic() + seconds
        while words not in self.text():
            if time.monotonic() > end or not self.read():
                return False
        return True

    def read(self):
        if not select.select([self.terminal], [], [], 0.2)[0]:
            return True
        try:
            written = self.rest + os.read(self.terminal, 65536).decode("utf-8", "replace")
        except OSError:  # it has ended
            return False
        unfinished = re.search(r"\x1b(\[[0-9;?]*)?$", written)
        self.rest = unfinished.group() if unfinished else ""
        for piece in self.SEQUENCE.finditer(written[:len(written) - len(self.rest)]):
            self.apply(piece)
        return True

    def apply(self, piece):
        numbers, name = piece.group(1), piece.group(2)
        if name == "H":
            row, _, column = numbers.partition(";")
            self.row, self.column = int(row or 1) - 1, int(column or 1) - 1
        elif name == "J":
            self.cells = [[" "] * COLUMNS for _ in range(ROWS)]
        elif name is None and len(piece.group()) == 1 and piece.group() >= " ":
            if self.row < ROWS and self.column < COLUMNS:
                self.cells[self.row][self.column] = piece.group()
            self.column += 1
        elif piece.group() == "\r":
            self.column = 0
        elif piece.group() == "\n":
            self.row += 1

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


class Helix(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "run").mkdir(mode=0o700)
        (self.folder / "helix").mkdir()
        (self.folder / "helix" / "languages.toml").write_text(languages())
        (self.folder / "helix" / "config.toml").write_text("[editor.lsp]\ndisplay-inlay-hints = true\n")
        self.file = self.folder / "leaky.py"
        self.file.write_text(LEAKY)
        for name in ("orders", "answers"):
            os.mkfifo(self.folder / name)
        home = str(self.folder)
        self.environment = {
            **os.environ, **HELIX.environment, "WHYALIVE_RUNTIME_DIR": home + "/run", "HOME": home,
            "XDG_CONFIG_HOME": home, "XDG_STATE_HOME": home, "XDG_CACHE_HOME": home + "/cache",
            "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TERM": "xterm"}
        self.target = subprocess.Popen(
            [WHYALIVE, "run", "--python", PYTHON, "--", str(self.file), home + "/orders",
             home + "/answers"], env=self.environment)
        self.addCleanup(self.target.wait)
        self.addCleanup(self.target.kill)

    def work(self, count):
        (self.folder / "orders").write_text(str(count))
        (self.folder / "answers").read_text()

    def wait_for(self, screen, words):
        self.assertTrue(screen.shows(words, PATIENCE), screen.text())

    def command(self, screen, name):
        """Runs a command of the server, which Helix offers once it has heard from it, to its end."""
        end = time.monotonic() + PATIENCE
        screen.keys(":lsp-workspace-command ")
        while not screen.shows("whyalive.jumpToLeak", 1):
            self.assertLess(time.monotonic(), end, screen.text())
            self.leave(screen)
            screen.keys(":lsp-workspace-command ")
        before = self.answered(name)
        screen.keys(name + "\r")
        while self.answered(name) == before:
            self.assertLess(time.monotonic(), end, screen.text())
            screen.read()

    def answered(self, name):
        """How often the command has been answered, as Helix's own log has it."""
        text = (self.folder / "cache" / "helix" / "helix.log").read_text(errors="replace")
        asked = re.findall(r'"command":"%s"\},"id":(\d+)' % re.escape(name), text)
        return sum('<- {"id":%s,"jsonrpc":"2.0","result"' % one in text for one in asked)

    def leave(self, screen):
        screen.keys("\x1b")
        screen.shows("never shown", 0.5)  # an escape is one only when nothing follows it

    def wait_for_diagnostic(self, screen, words):
        """Helix lists the diagnostics that there are when it is asked."""
        end = time.monotonic() + PATIENCE
        screen.keys(" d")
        while not screen.shows(words, 1):
            self.assertLess(time.monotonic(), end, screen.text())
            self.leave(screen)
            screen.keys(" d")
        self.leave(screen)

    def test_a_session_from_attach_to_the_suspect(self):
        self.work(0)
        screen = Screen([*HELIX.words, "-v", str(self.file)], self.environment)
        self.addCleanup(screen.end)
        self.wait_for(screen, "import sys")
        self.command(screen, "whyalive/attach")
        self.command(screen, "whyalive/snapshot")
        self.work(600)
        self.command(screen, "whyalive/snapshot")
        self.wait_for_diagnostic(screen, "holds 3,600 entries")
        screen.keys("O# a comment\x1b")  # Helix asks for hints again when the text changes
        self.wait_for(screen, "3,600 live")
        self.wait_for(screen, "keeps 3,600 Request")


def install():
    global HELIX
    HELIX = editors_install.helix()


def be_alone():
    """Helix hands no arguments to commands, and attach without any takes the only process that has an
    agent: so this program starts again where it sees no processes of others."""
    if "WHYALIVE_TEST_ALONE" in os.environ:
        return
    words = ["unshare", "--pid", "--fork", "--mount-proc"]
    try:
        made = subprocess.run([*words, "true"], capture_output=True, text=True)
    except OSError as problem:
        made = subprocess.CompletedProcess(words, 1, "", str(problem))
    if made.returncode != 0:
        print("skipped: no process namespaces here: " + made.stderr.strip()[-200:])
        sys.exit(77)
    os.execvpe(words[0], [*words, sys.executable, os.path.abspath(__file__), *sys.argv[1:]],
               {**os.environ, "WHYALIVE_TEST_ALONE": "1"})


if __name__ == "__main__":
    be_alone()
    main(install)
