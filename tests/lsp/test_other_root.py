"""A process in a mount namespace of its own, as in a container: it sees its sources under another path, which
nothing outside has. Where its mounts tell what they show, its suspects lead to the editor's files by themselves, or
through the process; a pathMappings of the user's goes before."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from editor import CAPABILITIES, PYTHON, WHYALIVE, Editor, has_agent  # noqa: E402
from leaky import LEAKY  # noqa: E402

INSIDE = "/mnt/app"  # on a file system that only the process has
ENTER = "mount -t tmpfs none /mnt && mkdir %s && mount --bind \"$0\" %s && exec \"$@\"" % (INSIDE, INSIDE)


def why_not():
    if not has_agent():
        return "no agent is built for " + PYTHON
    if not shutil.which("unshare"):
        return "there is no unshare here"
    made = subprocess.run(["unshare", "--mount", "sh", "-c", ENTER, "/tmp", "true"],
                          capture_output=True, text=True)
    return made.stderr.strip() and "no mount namespaces here: " + made.stderr.strip()[-200:]


class OtherRoot(unittest.TestCase):
    enter = ""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.runtime = self.folder / "run"
        self.runtime.mkdir(mode=0o700)
        self.sources = self.folder / "sources"
        self.sources.mkdir()
        self.file = self.sources / "leaky.py"
        self.file.write_text(LEAKY)
        self.orders, self.answers = self.folder / "orders", self.folder / "answers"
        os.mkfifo(self.orders)
        os.mkfifo(self.answers)
        self.environment = {**os.environ, "WHYALIVE_RUNTIME_DIR": str(self.runtime)}
        self.target = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", self.enter, str(self.sources), str(WHYALIVE), "run",
             "--python", PYTHON, "--", INSIDE + "/leaky.py", str(self.orders), str(self.answers)],
            env=self.environment)
        self.addCleanup(self.target.wait)
        self.addCleanup(self.target.kill)
        self.work(0)

    def work(self, count):
        self.orders.write_text(str(count))
        self.answers.read_text()

    def session(self, mappings):
        editor = Editor(env={"WHYALIVE_RUNTIME_DIR": str(self.runtime)})
        self.addCleanup(editor.kill)
        editor.initialize(CAPABILITIES, {"pathMappings": mappings})
        editor.request("whyalive/attach", {"pid": self.target.pid})
        editor.request("whyalive/snapshot", {"pid": self.target.pid})
        self.work(500)
        editor.request("whyalive/snapshot", {"pid": self.target.pid})
        return editor

    def check_lines(self, editor, file):
        store = LEAKY.splitlines().index("        self._expected[number] = request")
        hints = {one["position"]["line"]: one["label"] for one in editor.hints(editor.open(file, LEAKY))}
        self.assertIn("keeps 3,500 Request", hints[store])
        suspect = editor.request("whyalive/suspects")["suspects"][0]
        self.assertEqual(suspect["locations"][0]["file"], file)
        self.assertEqual(suspect["locations"][0]["line"], store + 1)


class SourcesOfOurs(OtherRoot):
    enter = ENTER

    def test_suspects_lead_to_the_editor_s_files_by_themselves(self):
        self.assertFalse(os.path.exists(INSIDE))
        self.check_lines(self.session([]), str(self.file))

    def test_so_does_the_command_line(self):
        command = [str(WHYALIVE), "suspects", str(self.target.pid), "--json"]
        found = json.loads(subprocess.run(command, env=self.environment, check=True,
                                          stdout=subprocess.PIPE).stdout)["suspects"]
        self.assertEqual(found[0]["locations"][0]["file"], str(self.file))

    def test_a_mapping_of_the_user_s_goes_before(self):
        copy = self.folder / "copy"
        shutil.copytree(self.sources, copy)
        self.check_lines(self.session([{"process": INSIDE, "local": str(copy)}]), str(copy / "leaky.py"))


class SourcesOfItsOwn(OtherRoot):
    """The sources lie on a file system that nobody else has: the process leads to them."""
    enter = ("mount -t tmpfs none /mnt && mkdir %s && cp \"$0\"/leaky.py %s && exec \"$@\"" % (INSIDE, INSIDE))

    def test_the_process_leads_to_its_files(self):
        self.check_lines(self.session([]), "/proc/%d/root%s/leaky.py" % (self.target.pid, INSIDE))


if __name__ == "__main__":
    REASON = why_not()
    if REASON:
        print("skipped: " + REASON)
        sys.exit(77)
    unittest.main()
