"""The checks of .clang-tidy hold for every translation unit of the product.

A unit that passed is remembered by the content of everything it includes from this project, so that
only what changed is checked again."""
import concurrent.futures
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("WHYALIVE_BUILD_DIR", os.path.join(ROOT, "build"))
TIDY = "clang-tidy-19"
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)


def units():
    with open(os.path.join(BUILD, "compile_commands.json"), encoding="utf-8") as file:
        for entry in json.load(file):
            path = os.path.relpath(entry["file"], ROOT)
            if path.startswith(("protocol/", "server/")) and path.endswith(".cpp"):
                yield path, entry["command"]


def content_key(path, command):
    digest, todo, seen = hashlib.sha256(command.encode()), [path, ".clang-tidy"], set()
    while todo:
        name = todo.pop()
        full = os.path.join(ROOT, name)
        if name in seen or not os.path.exists(full):
            continue
        seen.add(name)
        with open(full, encoding="utf-8") as file:
            text = file.read()
        digest.update(name.encode() + text.encode())
        todo += sorted(INCLUDE.findall(text))
    return digest.hexdigest()


def check(unit):
    path, command = unit
    folder = os.path.join(BUILD, "clang-tidy")
    os.makedirs(folder, exist_ok=True)
    mark = os.path.join(folder, content_key(path, command))
    if os.path.exists(mark):
        return None
    done = subprocess.run([TIDY, "-p", BUILD, "--quiet", path], cwd=ROOT, capture_output=True, text=True)
    if done.returncode == 0:
        open(mark, "w").close()
        return None
    return "%s\n%s%s" % (path, done.stdout[-3000:], done.stderr[-500:])


class ClangTidy(unittest.TestCase):
    def test_every_translation_unit_is_clean(self):
        todo = list(units())
        self.assertGreater(len(todo), 0)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            problems = [problem for problem in pool.map(check, todo) if problem]
        self.assertEqual(problems, [], "\n" + "\n".join(problems))


if __name__ == "__main__":
    if not shutil.which(TIDY):
        print("skipped: %s is not installed (./dev setup)" % TIDY)
        sys.exit(77)
    unittest.main()
