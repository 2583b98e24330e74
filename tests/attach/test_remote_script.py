"""CPython's own way in, since 3.14: a script through the main thread's state."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import attach_support as support  # noqa: E402
from attach_support import Target  # noqa: E402

ALL = support.interpreters()
NEW = [one for one in ALL if one.version >= (3, 14)]
MODULE = """
def attach(argument):
    if argument == "refuse":
        raise RuntimeError("no, thank you")
    return argument + " from %d" % __import__("os").getpid()
"""


class RemoteScript(unittest.TestCase):
    def run_script(self, target, argument="hello", take_up=60000):
        with open(os.path.join(target.folder, "module.py"), "w") as file:
            file.write(MODULE)
        # The name is nobody's: an entry that is there already would be called instead.
        command = ["--script", str(take_up)]
        return target.attach(*command, library=os.path.join(target.seen, "module.py"),
                             argument=argument)

    def test_a_busy_process_runs_the_script_and_keeps_no_name_of_it(self):
        for interpreter in NEW:
            with self.subTest(str(interpreter)), Target(interpreter, "busy-python") as target:
                self.assertEqual(self.run_script(target), "hello from %d" % target.pid)
                self.assertEqual(self.run_script(target), "hello from %d" % target.pid)
                self.assertEqual(target.finish()["wrong"], 0)

    def test_what_the_module_raises_is_the_error(self):
        for interpreter in NEW:
            with self.subTest(str(interpreter)), Target(interpreter, "busy-python") as target:
                with self.assertRaisesRegex(RuntimeError, "no, thank you"):
                    self.run_script(target, "refuse")
                self.assertEqual(target.finish()["wrong"], 0)

    def test_a_thread_that_does_not_look_up_is_left_alone_again(self):
        for interpreter in NEW:
            with self.subTest(str(interpreter)), Target(interpreter, "lock") as target:
                self.assertIsNone(self.run_script(target, take_up=50))
                self.assertEqual(target.finish()["wrong"], 0)  # and nothing on its stderr

    def test_switched_off(self):
        for interpreter in NEW:
            environment = {"PYTHON_DISABLE_REMOTE_DEBUG": "1"}
            with self.subTest(str(interpreter)), \
                    Target(interpreter, "busy-python", environment) as target:
                with self.assertRaisesRegex(RuntimeError, "remote debugging is switched off"):
                    self.run_script(target)
                self.assertEqual(target.attach()["entryResult"], 0)  # the loader works all the same
                self.assertEqual(target.finish()["wrong"], 0)

    def test_an_older_interpreter_says_so(self):
        for interpreter in ALL:
            if interpreter.version < (3, 14):
                with self.subTest(str(interpreter)), Target(interpreter, "asleep") as target:
                    with self.assertRaisesRegex(RuntimeError, "has no such door"):
                        self.run_script(target)


if __name__ == "__main__":
    if not NEW:
        print("No CPython 3.14 or later was found (WHYALIVE_TEST_ROOTS may name root folders with one): "
              "only the refusals are tested.")
    unittest.main()
