"""Free-threaded builds of CPython are refused, each way in with a sentence that says so.

Debian has no such build, so these are stand-ins: a process that shows the symbols by which such an
interpreter is told, and an interpreter that names its extension modules as such a one does.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD = os.environ["WHYALIVE_BUILD_DIR"]
PACKAGE = os.path.join(BUILD, "agent", "python")
STAND_IN = """
#include <stdio.h>
#include <unistd.h>
int PyGILState_Ensure(void) { return 0; }
void Py_IncRef(void *o) { (void)o; }
void _Py_MergeZeroLocalRefcount(void *o) { (void)o; }
unsigned long Py_Version = 0x030E00F0;
int main(void) { puts("ready"); fflush(stdout); pause(); return 0; }
"""
SUFFIX = ".cpython-314t-x86_64-linux-gnu.so"


class FreeThreaded(unittest.TestCase):
    def test_attach_refuses_and_says_what_to_do(self):
        compiler = shutil.which("cc") or shutil.which("g++")
        with tempfile.TemporaryDirectory() as folder:
            program = os.path.join(folder, "python3.14t")
            source = program + ".c"
            with open(source, "w", encoding="utf-8") as file:
                file.write(STAND_IN)
            subprocess.run([compiler, "-x", "c", "-rdynamic", "-o", program, source], check=True)
            process = subprocess.Popen([program], stdout=subprocess.PIPE, text=True)
            try:
                self.assertEqual(process.stdout.readline(), "ready\n")
                answer = subprocess.run([os.path.join(BUILD, "whyalive"), "attach", str(process.pid)],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                self.assertEqual(answer.returncode, 1, answer.stdout)
                self.assertIn("free-threaded CPython 3.14", answer.stderr)
                self.assertIn("with a build of CPython that has the GIL", answer.stderr)
                self.assertIsNone(process.poll())
            finally:
                process.kill()
                process.wait()
                process.stdout.close()

    def test_import_whyalive_refuses(self):
        code = ("import sys, sysconfig; sysconfig.get_config_vars()['EXT_SUFFIX'] = %r; "
                "sys.modules['whyalive._agent'] = None; import whyalive; whyalive.start()" % SUFFIX)
        answer = subprocess.run([sys.executable, "-c", code], env=dict(os.environ, PYTHONPATH=PACKAGE),
                                stderr=subprocess.PIPE, text=True)
        self.assertEqual(answer.returncode, 1)
        self.assertTrue(answer.stderr.endswith(
            "ImportError: whyalive: free-threaded builds of CPython are not supported yet\n"),
            answer.stderr)


if __name__ == "__main__":
    unittest.main()
