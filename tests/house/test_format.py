"""Every C++ file is as clang-format leaves it (`./dev format` mends it)."""
import os
import shutil
import subprocess
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FORMATTER = "clang-format-19"


def cpp_files():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "--", "*.cpp", "*.h"],
                            cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for path in listed.stdout.split() if os.path.exists(os.path.join(ROOT, path))]


class Format(unittest.TestCase):
    def test_every_cpp_file_is_formatted(self):
        files = cpp_files()
        self.assertGreater(len(files), 5)
        done = subprocess.run([FORMATTER, "--dry-run", "--Werror", *files], cwd=ROOT,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, "run ./dev format\n" + done.stderr[-3000:])


if __name__ == "__main__":
    if not shutil.which(FORMATTER):
        print("skipped: %s is not installed (./dev setup)" % FORMATTER)
        sys.exit(77)
    unittest.main()
