"""whyalive memory: the account of a real process adds up, and says what the program really did."""
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "agent")]
from agent_client import require_agent  # noqa: E402
from cli_support import PYTHON, CliCase, echo_program  # noqa: E402

# Half of the small objects are freed, one in two: their arenas cannot be given back.
SPARSE = """
import gc
large = bytearray(30_000_000)
kept = [[i] for i in range(400_000)]
del kept[::2]
gc.disable()
"""


class Memory(CliCase):
    def account(self, process, *options):
        memory = self.ok("memory", process.pid, "--json", *options).json()
        parts = {part["part"]: part["bytes"] for part in memory["parts"]}
        self.assertEqual(sum(parts.values()), memory["rss"])
        self.assertGreaterEqual(memory["peak"], memory["rss"] * 0.99)
        self.assertLessEqual(memory["private"], memory["rss"])
        self.assertUnharmed(process)
        return memory, parts

    def test_objects_free_room_and_the_collector_of_a_sparse_heap(self):
        script = self.write("sparse.py", echo_program(SPARSE))
        for python, version in require_agent().items():
            with self.subTest(version):
                self.assertAllIsTold(self.start_with_agent(script, python=python))

    def assertAllIsTold(self, process):
        memory, parts = self.account(process)
        self.assertGreater(memory["objects"]["bytes"], 30_000_000 + 200_000 * 64)
        self.assertGreater(parts["objects"], 42_000_000)
        self.assertGreater(parts["arena-free"], 200_000 * 64)
        self.assertLess(parts["unexplained"], memory["rss"] / 10)
        self.assertGreater(memory["malloc"]["mapped"], 30_000_000)
        self.assertGreaterEqual(memory["arenas"]["bytes"], memory["arenas"]["inUse"])
        self.assertIs(memory["collector"]["enabled"], False)
        self.assertNotIn("snapshot", memory["objects"])
        text = self.ok("memory", process.pid).out
        self.assertIn("free in Python's arenas", text)
        self.assertIn("Collector: off", text)

    def test_without_a_snapshot_objects_are_not_told_apart(self):
        process = self.start_with_agent(self.write("sparse.py", echo_program(SPARSE)))
        memory, parts = self.account(process, "--without-snapshot")
        self.assertNotIn("objects", memory)
        self.assertEqual(parts["objects"], 0)
        self.assertGreater(parts["allocated"], 42_000_000)

    def test_a_python_without_its_own_allocator(self):
        process = self.start_with_agent(self.write("app.py", echo_program()),
                                        env={"PYTHONMALLOC": "malloc"})
        memory, _ = self.account(process)
        self.assertNotIn("arenas", memory)
        self.assertIn("PYTHONMALLOC", " ".join(memory["notes"]))

    def test_a_process_without_an_agent_is_seen_from_outside(self):
        process = self.start([PYTHON, self.write("app.py", echo_program())])
        memory, parts = self.account(process)
        self.assertIn("No agent", memory["notes"][0])
        self.assertGreater(parts["libraries"], 1_000_000)
        self.assertNotIn("malloc", memory)

    def test_what_is_no_process_is_said(self):
        self.assertIn("there is no process 999999999", self.fails("memory", "999999999"))
        self.assertIn("is not a pid", self.fails("memory", "file.whyalive"))


if __name__ == "__main__":
    unittest.main()
