"""The life of the copy that stays: a console in it, and how it ends."""
import os
import signal
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_client import Target, has_ended, process_state, wait_until  # noqa: E402
from copy_case import FIRST, PROGRAM, SERVE, Case, gone  # noqa: E402
from copy_client import ENDED, GOODBYE, INTERRUPT, RESTORED, STATUS, STATUS_EVENT, Copy, keep  # noqa: E402


class Session(Case):
    def test_a_console_keeps_state_and_survives_its_input(self):
        for python in self.each():
            with Target(python, PROGRAM) as target, target.client() as client:
                _, result = keep(client)
                with Copy(result["twin"]["socket"]) as copy:
                    session = copy.start(0)
                    self.assertEqual(session.ask(op="open")["prompts"], [">>> ", "... "])
                    self.assertFalse(session.ask(op="run", source="x = 41")["failed"])
                    session.ask(op="run", source="x + 1")
                    session.ask(op="run", source="import ctypes")
                    session.send({"op": "run", "source": "x = 0\nctypes.string_at(8)"})
                    self.assertTrue(session.wait()["restored"])
                    restored = copy.event()
                    self.assertEqual((restored.kind, restored.how, restored.code),
                                     (RESTORED, "signal", signal.SIGSEGV))
                    session.ask(op="run", source="x + 2")
                    session.send({"op": "run", "source": "print('runs')\nwhile True: pass"})
                    self.assertTrue(wait_until(lambda: session.output.endswith("runs\n"), 60))
                    copy.request(INTERRUPT, session.number)
                    self.assertEqual(session.wait()["error"]["type"], "KeyboardInterrupt")
                    session.ask(op="run", source="x + 3")
                    self.assertEqual(session.ask(op="check", source="for i in x:")["state"], "incomplete")
                    self.assertEqual(session.ask(op="check", source="1 +* 2")["state"], "invalid")
                    self.assertEqual(session.ask(op="check", source="x")["state"], "complete")
                    matches = session.ask(op="complete", text="nodes.app", line="nodes.app", cursor=9)
                    self.assertTrue(matches["matches"][0].startswith("nodes.append"))
                    session.close()
                    copy.open.remove(session)
                    self.assertEqual(copy.event().kind, ENDED)
                self.assertEqual(session.output, "42\n43\nruns\n44\n")
                self.assertEqual(target.ask("state"), [7, 250])


class Ends(Case):
    def kept(self, client, **limits):
        _, result = keep(client, **limits)
        return Copy(result["twin"]["socket"]), result["twin"]

    def test_with_its_last_client_and_nobody_has_to_wait_for_it(self):
        with Target(FIRST, PROGRAM) as target, target.client() as client:
            copy, twin = self.kept(client)
            other = Copy(twin["socket"])
            copy.close()
            self.assertEqual(other.value(source="1")[0]["value"]["repr"]["text"], "1")
            hanging = other.start()
            hanging.send({"op": "expression", "source": "[1 for _ in iter(int, 1)]", "textLimit": 9,
                          "offset": 0, "limit": 0})
            other.close()
            self.assertTrue(gone(twin["pid"]))
            self.assertFalse(os.path.exists(twin["socket"]))

    def test_with_the_process(self):
        for end in ("exit", "kill"):
            with Target(FIRST, PROGRAM) as target, target.client() as client:
                copy, twin = self.kept(client)
                if end == "kill":
                    target.process.kill()
                else:
                    target.process.stdin.close()
                goodbye = copy.event()
                self.assertEqual((goodbye.kind, goodbye.reason), (GOODBYE, "target"))
                self.assertEqual(target.process.wait(60), 0 if end == "exit" else -9)
                self.assertTrue(gone(twin["pid"]) or process_state(twin["pid"]) == "Z")
                copy.close()

    def test_with_the_process_even_when_it_is_stopped(self):
        with Target(FIRST, PROGRAM) as target, target.client() as client:
            copy, twin = self.kept(client)
            os.kill(twin["pid"], signal.SIGSTOP)
            self.assertTrue(wait_until(lambda: process_state(twin["pid"]) == "T"))
            os.kill(twin["pid"], signal.SIGCONT)  # somebody's own: no reason to end
            self.assertEqual(copy.value(source="len(nodes)")[0]["value"]["repr"]["text"], "250")
            os.kill(twin["pid"], signal.SIGSTOP)
            self.assertTrue(wait_until(lambda: process_state(twin["pid"]) == "T"))
            target.process.kill()
            goodbye = copy.event()
            self.assertEqual((goodbye.kind, goodbye.reason), (GOODBYE, "target"))
            self.assertTrue(wait_until(lambda: has_ended(twin["pid"])))
            self.assertFalse(os.path.exists(twin["socket"]))
            copy.close()

    @unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
    def test_with_a_process_that_has_become_another_user_s(self):
        code = SERVE + "import os\nserve(drop=lambda: os.setuid(65534))\n"
        with Target(FIRST, code) as target, target.client() as client:
            copy, twin = self.kept(client)
            target.ask("drop")
            target.process.kill()
            goodbye = copy.event()
            self.assertEqual((goodbye.kind, goodbye.reason), (GOODBYE, "target"))
            self.assertTrue(wait_until(lambda: has_ended(twin["pid"])))
            copy.close()

    def test_when_nobody_asks_and_when_it_costs_too_much(self):
        code = SERVE + """
kept = [bytearray(4096) for _ in range(20000)]
def write():
    for one in kept: one[0] = one[0] ^ 1
    return True
serve(write=write)
"""
        with Target(FIRST, code) as target, target.client() as client:
            copy, twin = self.kept(client, idleSeconds=1)
            self.assertEqual(copy.welcome.idle_seconds, 1)
            goodbye = copy.event()
            self.assertEqual((goodbye.kind, goodbye.reason), (GOODBYE, "idle"))
            copy.close()
            self.assertTrue(gone(twin["pid"]))
            copy, twin = self.kept(client, memoryLimit=60 << 20)
            before = copy.status().own_bytes
            self.assertLess(before, 30 << 20)
            self.assertTrue(target.ask("write"))  # its pages are its own now, and the copy's are too
            copy.request(STATUS)  # it looks when it is asked, and by itself now and then
            goodbye = copy.event()
            if goodbye.kind == STATUS_EVENT:
                goodbye = copy.event()
            self.assertEqual((goodbye.kind, goodbye.reason), (GOODBYE, "memory"))
            self.assertGreater(goodbye.own_bytes, before + (70 << 20))
            copy.close()
            self.assertTrue(gone(twin["pid"]))

    def test_killed_by_the_kernel_the_process_and_the_next_copy_are_fine(self):
        with Target(FIRST, PROGRAM) as target, target.client() as client:
            copy, twin = self.kept(client)
            with open("/proc/%d/oom_score_adj" % twin["pid"], encoding="ascii") as file:
                self.assertEqual(file.read().strip(), "1000")
            os.kill(twin["pid"], signal.SIGKILL)
            with self.assertRaises(EOFError):
                copy.event()
            copy.close()
            self.assertTrue(gone(twin["pid"]))
            self.assertFalse(os.path.exists(twin["socket"]))
            copy, twin = self.kept(client)
            self.assertEqual(copy.value(source="len(nodes)")[0]["value"]["repr"]["text"], "250")
            copy.close()
            self.assertEqual(target.ask("state"), [7, 250])

    def test_it_is_seen_in_process_lists_for_what_it_is(self):
        with Target(FIRST, PROGRAM) as target, target.client() as client:
            copy, twin = self.kept(client)
            with open("/proc/%d/cmdline" % twin["pid"], encoding="ascii") as file:
                line = file.read()
            self.assertTrue(line.startswith("whyalive: frozen copy of process"), line)
            with open("/proc/%d/cmdline" % target.pid, encoding="ascii") as file:
                self.assertIn("target.py", file.read())
            self.assertNotIn("target.py", line)
            # No descriptor of the process's is left in it, only its own sockets.
            kinds = {os.readlink("/proc/%d/fd/%s" % (twin["pid"], n)).split(":")[0]
                     for n in os.listdir("/proc/%d/fd" % twin["pid"])}
            self.assertTrue(kinds <= {"/dev/null", "socket", "anon_inode", "/memfd"}, kinds)
            copy.close()

    def execute(self, target, copy):
        """The process becomes another program, of which its copy hears."""
        target.process.stdin.write("execute\n")
        target.process.stdin.flush()
        goodbye = copy.event()
        self.assertEqual((goodbye.kind, goodbye.reason), (GOODBYE, "target"))
        target.expect("ready")

    def test_a_process_that_executes_another_program_has_no_dead_twin_left(self):
        code = SERVE + """
import os
if sys.argv[1:] == ["again"]: serve(again=lambda: True)
serve(execute=lambda: os.execv(sys.executable, [sys.executable, __file__, "again"]))
"""
        for python in self.each():
            with Target(python, code) as target, target.client() as client:
                copy, twin = self.kept(client)
                self.execute(target, copy)
                self.assertTrue(target.ask("again"))
                self.assertTrue(gone(twin["pid"]))
                copy.close()

    def test_a_program_without_an_agent_has_a_dead_child_that_it_cannot_wait_for(self):
        """The one trace that a copy may leave (decision 7): a program that the process becomes, and that knows
        nothing of us, keeps the dead copy's number until it ends, is attached to, or waits with __WALL."""
        code = SERVE + """
import os
wall = 0x40000000
def wait(options):
    try: return os.waitpid(-1, os.WNOHANG | options)[0]
    except ChildProcessError: return "no child"
serve(execute=lambda: os.execve(sys.executable, [sys.executable, __file__], {"WHYALIVE": "0"}),
      wait=lambda: wait(0), clean=lambda: wait(wall))
"""
        for python in self.each():
            with Target(python, code) as target, target.client() as client:
                copy, twin = self.kept(client)
                self.execute(target, copy)
                self.assertTrue(wait_until(lambda: process_state(twin["pid"]) == "Z"))
                self.assertEqual(target.ask("wait"), "no child")
                self.assertEqual(target.ask("clean"), twin["pid"])
                self.assertEqual(process_state(twin["pid"]), None)
                copy.close()

    def test_there_are_only_so_many(self):
        with Target(FIRST, PROGRAM) as target, target.client() as client:
            copies = [self.kept(client)[0] for _ in range(4)]
            _, result = keep(client)
            self.assertNotIn("twin", result)
            self.assertIn("4 frozen copies", result["twinNote"])
            for copy in copies:
                copy.close()

    def test_a_twin_gives_its_snapshot_to_whoever_joins(self):
        with Target(FIRST, PROGRAM) as target, target.client() as client:
            snapshot, result = keep(client)
            self.assertEqual(snapshot.meta["twin.pid"], str(result["twin"]["pid"]))
            with Copy(result["twin"]["socket"]) as copy:
                self.assertEqual(copy.welcome.snapshot_bytes, result["bytes"])
                self.assertEqual(os.fstat(copy.memory).st_size, result["bytes"])


if __name__ == "__main__":
    unittest.main()
