"""whyalive run: the program it becomes is the program that was meant."""
import os
import signal
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cli_support import PYTHON, WHYALIVE, CliCase, echo_program


class Run(CliCase):
    def test_arguments_and_exit_code_are_the_programs_own(self):
        script = self.write("app.py", "import sys\nprint(sys.argv[1:])\nsys.exit(7)\n")
        outcome = self.whyalive("run", "--python", PYTHON, "--", script, "--rate", "5", "--", "-x")
        self.assertEqual(outcome.code, 7)
        self.assertEqual(outcome.out, "['--rate', '5', '--', '-x']\n")

    def test_options_of_python_and_other_programs_can_be_run(self):
        self.assertEqual(self.ok("run", "--", "-c", "print(6 * 7)").out, "42\n")
        out = self.ok("run", "--", "/bin/sh", "-c", "echo $WHYALIVE; echo $PYTHONPATH",
                      env={"PYTHONPATH": "/somewhere"}).out.splitlines()
        self.assertEqual(out[0], "1")
        self.assertTrue(out[1].endswith(":/somewhere"), out)
        self.assertTrue(os.path.isdir(os.path.join(out[1].split(":")[0], "whyalive")), out)

    def test_the_process_is_replaced_not_wrapped(self):
        process = self.start([WHYALIVE, "run", "--", PYTHON, self.write("app.py", echo_program(
            "import os\nprint('pid', os.getpid(), flush=True)"))], ready="pid")
        self.assertEqual(process.ready_line, "pid %d" % process.pid)

    def test_signals_keep_their_default_meaning(self):
        process = self.start_with_agent(self.write("app.py", echo_program()))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(), -signal.SIGTERM)

    def test_a_program_that_does_not_exist(self):
        line = self.fails("run", "--", "no-such-program")
        self.assertIn("cannot start no-such-program: No such file or directory; ", line)


if __name__ == "__main__":
    unittest.main()
