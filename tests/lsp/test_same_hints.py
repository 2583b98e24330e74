"""`whyalive annotate` prints exactly what an editor shows: the same places and texts as inlayHint, whatever
the file looks like (line ends, marks, tabs, encodings), and in each position encoding."""
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from editor import CAPABILITIES, PYTHON, WHYALIVE, Editor, has_agent  # noqa: E402

BODY = '''\
import sys


class Größe:
	def __init__(self, wert):
		self.wert = [wert] * 50


class Lager:
	def __init__(self):
		self.alle = {}    # 𝒳 é

	def lege(self, wert):
		"""é𝒳"""; self.alle[wert] = Größe(wert)


lager = Lager()
for wert in range(2000):
	lager.lege(wert)
print("ready", flush=True)
sys.stdin.readline()
for wert in range(2000, 3000):
	lager.lege(wert)
print("ready", flush=True)
sys.stdin.readline()
'''
LATIN = BODY.replace("𝒳", "ü")
CYRILLIC = BODY.replace("𝒳", "я").replace("é", "э").replace("Größe", "Размер")
FILES = {
    "plain": BODY.encode(),
    "crlf": BODY.replace("\n", "\r\n").encode(),
    "marked": b"\xef\xbb\xbf" + BODY.encode(),
    "latin": ("# -*- coding: latin-1 -*-\n" + LATIN).encode("latin-1"),
    "cyrillic": ("# coding: cp1251\n" + CYRILLIC).encode("cp1251"),
    "fifteen": ("# vim: set fileencoding=iso-8859-15 :\n" + LATIN).encode("iso-8859-15"),
}
UNITS = {"utf-8": lambda text: len(text.encode()), "utf-32": len,
         "utf-16": lambda text: len(text.encode("utf-16-le")) // 2}


class SameHints(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "run").mkdir(mode=0o700)
        self.environment = {**os.environ, "WHYALIVE_RUNTIME_DIR": str(self.folder / "run")}

    def whyalive(self, *words):
        done = subprocess.run([WHYALIVE, *map(str, words)], capture_output=True, text=True,
                              env=self.environment, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def snapshots_of(self, path):
        """Two, of the program while it runs."""
        program = subprocess.Popen([WHYALIVE, "run", "--python", PYTHON, "--", path], env=self.environment,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            snapshots = []
            for name in ("before", "after"):
                self.assertEqual(program.stdout.readline().strip(), "ready")
                snapshots.append(self.folder / (path.stem + "." + name))
                self.whyalive("snapshot", program.pid, "-o", snapshots[-1])
                program.stdin.write("\n")
                program.stdin.flush()
            return snapshots
        finally:
            program.kill()
            program.wait()
            program.stdin.close()
            program.stdout.close()

    def test_for_every_kind_of_file_and_every_position_encoding(self):
        for name, content in FILES.items():
            path = self.folder / (name + ".py")
            path.write_bytes(content)
            before, after = self.snapshots_of(path)
            printed = json.loads(self.whyalive("annotate", after, path, "--since", before, "--json"))
            annotations = printed["annotations"]
            kinds = {one["kind"] for one in annotations}
            self.assertLessEqual({"class", "define", "store"}, kinds, name)
            text = content.decode({"latin": "latin-1", "fifteen": "iso-8859-15",
                                   "cyrillic": "cp1251"}.get(name, "utf-8-sig"))
            lines = text.splitlines()
            for encoding, units in UNITS.items():
                with self.subTest(name, encoding=encoding):
                    expected = sorted(
                        (one["line"] - 1,
                         units(lines[one["line"] - 1].encode()[:one["column"] - 1].decode()),
                         one["text"]) for one in annotations)
                    self.assertEqual(self.hints_of(path, text, [before, after], encoding), expected)

    def hints_of(self, path, text, snapshots, encoding):
        capabilities = {**CAPABILITIES, "general": {"positionEncodings": [encoding]}}
        with Editor(env=self.environment) as editor:
            editor.initialize(capabilities)
            for one in snapshots:
                editor.request("whyalive/openSnapshot", {"path": str(one)})
            uri = editor.open(path, text)
            found = []
            for hint in editor.hints(uri):
                label = hint["label"]
                label = label if isinstance(label, str) else "".join(part["value"] for part in label)
                found.append((hint["position"]["line"], hint["position"]["character"], label))
            return sorted(found)


    def test_where_the_process_sees_its_files_elsewhere_the_mapping_leads_to_them(self):
        inside = self.folder / "inside"
        inside.mkdir()
        (inside / "app.py").write_bytes(BODY.encode())
        before, after = self.snapshots_of(inside / "app.py")
        outside = self.folder / "workspace"
        inside.rename(outside)
        with Editor(env=self.environment) as editor:
            editor.initialize(options={"pathMappings": [
                {"process": str(inside), "local": str(outside)}]})
            for one in (before, after):
                editor.request("whyalive/openSnapshot", {"path": str(one)})
            uri = editor.open(outside / "app.py")
            self.assertTrue(any("keeps" in str(one["label"]) for one in editor.hints(uri)))
            suspect = editor.request("whyalive/suspects", {})["suspects"][0]
            self.assertEqual(suspect["locations"][0]["file"], str(outside / "app.py"))


if __name__ == "__main__":
    if not has_agent():
        print("skipped: no agent is built for " + PYTHON)
        sys.exit(77)
    unittest.main()
