"""The extension's logic without VS Code, and what its linters and its lock file must keep to."""
import json
import os
import subprocess
import sys
import unittest

import editor_case
import editor_install


def npm(*words):
    return subprocess.run([editor_install.WITH_NODE, "npm", *words], cwd=editor_case.EXTENSION,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


class Logic(unittest.TestCase):
    def test_unit_tests(self):
        done = npm("test", "--silent")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("fail 0", done.stdout)

    def test_types_lint_and_format(self):
        done = npm("run", "--silent", "lint")
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_the_lock_file_names_no_registry(self):
        with open(os.path.join(editor_case.EXTENSION, "package-lock.json"), encoding="utf-8") as file:
            packages = json.load(file)["packages"]
        self.assertEqual([name for name, entry in packages.items() if "resolved" in entry], [])


if __name__ == "__main__":
    try:
        editor_case.prepare_extension()
    except editor_install.Unavailable as reason:
        print(f"skipped: {reason}")
        sys.exit(editor_case.SKIPPED)
    unittest.main()
