"""whyalive ps with real processes, and what every subcommand has in common."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cli_support import PYTHON, WHYALIVE, CliCase, echo_program


class Ps(CliCase):
    def listed(self, pid):
        found = [p for p in self.ok("ps", "--json").json()["processes"] if p["pid"] == pid]
        return found[0] if found else None

    def test_a_python_is_listed_with_its_version_and_memory(self):
        script = self.write("an app.py", echo_program())
        process = self.start([PYTHON, script])
        entry = self.listed(process.pid)
        self.assertEqual(entry["python"], "%d.%d.%d" % sys.version_info[:3])
        self.assertEqual(entry["parentPid"], os.getpid())
        self.assertGreater(entry["rss"], 1000000)
        self.assertEqual(entry["agent"], "absent")
        self.assertIn("'%s'" % script, entry["command"])
        self.assertEqual(os.path.realpath(PYTHON), entry["executable"])
        self.assertUnharmed(process)

    def test_the_table_shows_children_under_their_parents(self):
        script = self.write("parent.py", echo_program(
            "import os, subprocess\n"
            "child = subprocess.Popen([sys.executable, '-c', 'import sys; sys.stdin.read()'], stdin=subprocess.PIPE)\n"
            "print('child', child.pid, flush=True)"))
        parent = self.start([PYTHON, script], ready="child")
        child = int(parent.ready_line.split()[1])
        lines = self.ok("ps").out.splitlines()
        self.assertEqual(lines[0].split(), ["PID", "PYTHON", "RSS", "USER", "AGENT", "COMMAND"])
        at = [i for i, line in enumerate(lines) if line.split()[0] == str(child)]
        self.assertEqual(len(at), 1)
        self.assertIn("└─ ", lines[at[0]])
        self.assertEqual(lines[at[0] - 1].split()[0], str(parent.pid))
        self.assertEqual(self.listed(child)["familyPid"], self.listed(parent.pid)["familyPid"])

    def test_other_programs_are_not_listed(self):
        process = self.start(["/bin/sh", "-c", "echo ready; read line"])
        self.assertIsNone(self.listed(process.pid))

    def test_a_planted_socket_is_no_agent(self):
        process = self.start([PYTHON, self.write("app.py", echo_program())])
        socket_path = os.path.join(self.environment["WHYALIVE_RUNTIME_DIR"], "%d.sock" % process.pid)
        self.start([PYTHON, "-c", "import socket, sys\n"
                    "s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen()\n"
                    "print('ready', flush=True); sys.stdin.read()", socket_path])
        self.assertEqual(self.listed(process.pid)["agent"], "absent")

    def test_escape_sequences_in_a_command_do_not_reach_the_terminal(self):
        process = self.start([PYTHON, self.write("app.py", echo_program()), "\x1b[31mred"])
        out = self.ok("ps").out
        self.assertIn("\\x1b[31mred", out)
        self.assertNotIn("\x1b", out)
        self.assertIsNotNone(self.listed(process.pid))


class Usage(CliCase):
    def test_help_has_an_example_and_exit_code_0(self):
        commands = [line.split()[0] for line in self.ok("--help").out.splitlines()
                    if line.startswith("  ") and not line.startswith(("  -", "   "))]
        self.assertIn("ps", commands)
        for command in commands:
            out = self.ok(command, "--help").out
            self.assertIn("Example:\n  whyalive " + command, out)

    def test_usage_errors_are_one_line_and_exit_code_2(self):
        for arguments in ([], ["nonsense"], ["ps", "--nonsense"], ["ps", "extra"], ["run"]):
            outcome = self.whyalive(*arguments)
            self.assertEqual(outcome.code, 2, outcome)
            self.assertEqual(outcome.out, "")
            self.assertRegex(outcome.err, r"\Awhyalive: [^\n]+ --help\n\Z")

    def test_the_version_is_printed(self):
        self.assertRegex(self.ok("--version").out, r"\Awhyalive \d+\.\d+\.\d+\n\Z")
        self.assertTrue(os.access(WHYALIVE, os.X_OK))


if __name__ == "__main__":
    unittest.main()
