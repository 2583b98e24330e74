"""IPython's prompt and ipdb's in a frozen copy, where the program can import them, and pdb's where it cannot."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_client import PACKAGE, Target, require_agent  # noqa: E402
from copy_client import Copy, keep  # noqa: E402
from packages import has, wheels  # noqa: E402

PYTHONS = require_agent()
FETCHED_FOR = ("3.11.", "3.15.")  # other versions use what an earlier run has fetched
PROGRAM = """
import json, os, sys, threading
class Node:
    def __init__(self, number): self.number = number
nodes = [Node(n) for n in range(10)]
def handle(request):
    total = request * 2
    threading.Event().wait()
worker = threading.Thread(target=handle, args=(21,), daemon=True)
worker.start()
def waits():  # handle, the wait of the event and that of its condition: what the debugger will find
    frame = sys._current_frames().get(worker.ident)
    return frame and frame.f_back and (frame.f_code.co_name, frame.f_back.f_code.co_name) == ("wait", "wait")
while not waits(): pass
home = os.path.expanduser("~")
print("ready", flush=True)
def facts():
    return json.dumps([worker.ident, len(nodes), sorted(os.listdir(home))])
def main():
    in_main = "local of main"
    # In one line: a copy may be made before the answer's line is left.
    for line in sys.stdin: print(facts(), flush=True)
main()
"""


class Shell:
    """A console's process, and a person who types `lines` when asked."""

    def __init__(self, copy, **how):
        self.evaluation = copy.start(0)
        self.evaluation.answers = {"input": self.type}
        self.lines, self.prompts = iter(()), []
        self.opened = self.evaluation.ask(op="open", keyboard=True, **how)

    def type(self, question):
        self.prompts.append(question["prompt"])
        line = next(self.lines, None)
        return {"answer": {"answer": "end"} if line is None else {"answer": "line", "line": line}}

    def run(self, source, *lines):
        """(what it printed until a mark of ours, its reply)"""
        self.lines, self.prompts = iter(lines), []
        begin = len(self.evaluation.printed)
        reply = self.evaluation.ask(op="run", source=source)
        self.evaluation.ask(op="run", source="print('that', 'was it')")
        while b"that was it" not in self.evaluation.printed[begin:] and self.evaluation.reader.is_alive():
            self.evaluation.reader.join(0.01)
        return self.evaluation.printed[begin:].decode().partition("that was it")[0], reply


def needed(version):
    return ("IPython", "ipdb") + (("exceptiongroup",) if version.startswith("3.10") else ())


class Shells(unittest.TestCase):
    def each(self, packages):
        for python, version in PYTHONS.items():
            folder = wheels(version, *(("ipython", "ipdb") if version.startswith(FETCHED_FOR) else ()))
            if packages and not all(has(folder, one) for one in needed(version)):
                continue
            print(version, end=" ", file=sys.stderr, flush=True)
            path = os.pathsep.join([PACKAGE] + ([folder] if packages else []))
            self.tried = True
            with Target(python, PROGRAM, env={"PYTHONPATH": path}) as target, target.client() as client:
                before = target.ask("seen")
                _, result = keep(client)
                with Copy(result["twin"]["socket"]) as copy:
                    yield copy, before[0]
                self.assertEqual(target.ask("seen"), before)

    def setUp(self):
        self.tried = False

    def check_debugger(self, shell, worker, prompt):
        output, reply = shell.run("heap.debug()", "w", "u", "d", "p in_main", "q")
        self.assertIn("'local of main'", output, reply)
        self.assertIn("for line in sys.stdin", output)
        self.assertEqual(set(shell.prompts), {prompt})
        output, _ = shell.run("heap.debug(%d)" % worker, "u", "u", "p total", "u", "p total", "u", "p total")
        self.assertRegex(output, r"(?m)(^|> ?)42$")
        self.assertEqual(len(shell.prompts), 8)  # the end of the input ends it, too
        _, reply = shell.run("heap.debug(1)")
        self.assertIn("no thread of ident 1", str(reply) + _)

    def test_ipython_and_ipdb(self):
        for copy, worker in self.each(packages=True):
            shell = Shell(copy, ipython="must")
            self.assertEqual(shell.opened["shell"], "ipython")
            self.assertEqual(shell.opened["prompts"], ["In [1]: ", "   ...: "])
            output, reply = shell.run("nodes[3].number")
            self.assertIn("Out[1]: 3", output)
            self.assertEqual(reply["prompts"][0], "In [2]: ")
            self.assertIn("Out[3]: 4", shell.run("_1 + 1")[0])  # the mark was the second input
            self.assertIn("per loop", shell.run("%timeit -n1 -r1 nodes")[0])
            self.assertIn("Type:", shell.run("nodes?")[0])
            output, reply = shell.run("1/0")
            self.assertTrue(reply["failed"])
            self.assertIn("ZeroDivisionError", output)
            for command in ("!ls", "%ls", "files = !ls", "!!ls"):
                self.assertRegex(shell.run(command)[0], "`ls.*` is not run: a frozen copy can start no programs")
            self.assertIn("it may read, but not write files", shell.run("open('/nothing', 'w')")[0])
            matches = shell.evaluation.ask(op="complete", text="nodes[0].nu", line="nodes[0].nu", cursor=11)
            self.assertTrue(any("number" in match for match in matches["matches"]), matches)
            output, _ = shell.run("['x' * (20 << 20), b'y' * (20 << 20), {1: 'z' * 20}]")
            self.assertEqual(output.count("… and 20961520 more"), 2)
            self.assertLess(len(output), 30000)
            self.check_debugger(shell, worker, "ipdb> ")
            output, _ = shell.run("import ipdb\ndef f(x):\n    ipdb.set_trace()\n    return x\nf(31)", "p x", "c")
            self.assertEqual(shell.prompts, ["ipdb> ", "ipdb> "])
            self.assertIn("31", output)
            shell.run("{}[31]")
            output, _ = shell.run("%debug", "q")
            self.assertEqual(shell.prompts, ["ipdb> "])
        if not self.tried:
            self.skipTest("IPython and ipdb cannot be had: no pip or no network")

    def test_the_chosen_object_is_underscore(self):
        for copy, _ in self.each(packages=True):
            reply, _, _ = copy.value(source="id(nodes[4])")
            node = int(reply["value"]["repr"]["text"])
            self.assertIn("4", Shell(copy, ipython="must", underscore=node).run("print(_.number)")[0])
            self.assertIn("4", Shell(copy, underscore=node).run("_.number")[0])
        if not self.tried:
            self.skipTest("IPython cannot be had: no pip or no network")

    def test_pdb_and_input_at_pythons_own_prompt(self):
        for copy, worker in self.each(packages=False):
            shell = Shell(copy)
            self.assertEqual(shell.opened["shell"], "python")
            output, _ = shell.run("input('name? ') + '!'", "romeo")
            self.assertEqual((output, shell.prompts), ("'romeo!'\n", ["name? "]))
            self.assertEqual(shell.run("import sys\nsys.stdin.readline()", "romeo")[0], "'romeo\\n'\n")
            _, reply = shell.run("input()")
            self.assertEqual(reply["error"]["type"], "EOFError")
            output, _ = shell.run("['x' * (20 << 20), b'y' * (20 << 20), {1: 'z' * 20}]")
            self.assertEqual(output.count("… and 20961520 more"), 2)
            self.assertLess(len(output), 30000)
            self.check_debugger(shell, worker, "(Pdb) ")
            output, _ = shell.run("def f(x):\n    breakpoint()\n    return x\nf(31)", "p x", "c")
            self.assertEqual(shell.prompts, ["(Pdb) ", "(Pdb) "])
            _, reply = shell.run("1/0")
            self.assertEqual(reply["error"]["type"], "ZeroDivisionError")


if __name__ == "__main__":
    unittest.main()
