"""agent/memory: how the allocators and the collector stand, asked in a frozen copy of the process."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_client import AgentError, Target, require_agent  # noqa: E402

PYTHONS = require_agent()
ANSWERS = ("import sys, json, gc\nlarge = bytearray(20_000_000)\nkept = [[i] for i in range(100_000)]\n"
           "print('ready', flush=True)\nfor line in sys.stdin:\n    print(json.dumps(eval(line)), flush=True)\n")
# Threads that allocate all the time, so that a copy may be made while the allocator is locked.
BUSY = ("import sys, threading, zlib\ntext = bytes(range(256)) * 400\n"
        "def work():\n    while True:\n        zlib.compress(text)\n"
        "for _ in range(4):\n    threading.Thread(target=work, daemon=True).start()\n"
        "print('ready', flush=True)\nsys.stdin.readline()\n")


class Memory(unittest.TestCase):
    def test_every_interpreter_answers_and_goes_on(self):
        for python, version in PYTHONS.items():
            print(version, end=" ", file=sys.stderr, flush=True)
            with Target(python, ANSWERS) as target, target.client() as client:
                target.ask("gc.disable()")
                memory = client.request("agent/memory")
                self.assertIn("arenas allocated current", memory["allocator"])
                self.assertTrue(memory["mallocKnown"])
                self.assertGreater(memory["mallocMapped"], 20_000_000)
                self.assertGreaterEqual(memory["mallocHeap"], memory["mallocInUse"])
                self.assertTrue(memory["collectorKnown"])
                self.assertFalse(memory["collectorEnabled"])
                # As gc tells them; the first generation's count moves with every object made.
                target.ask("gc.set_threshold(701, 11, 12)")
                memory = client.request("agent/memory")
                thresholds = target.ask("gc.get_threshold()")
                if version.startswith("3.14.") and not memory["collectorThresholds"]:
                    continue  # its first releases have another collector, which does not tell
                self.assertEqual(memory["collectorThresholds"], thresholds)
                self.assertEqual(memory["collectorCounts"][1:], target.ask("gc.get_count()")[1:])
                self.assertEqual(target.ask("len(kept)"), 100_000)
                self.assertEqual(client.hello()["pid"], target.pid)

    def test_a_process_that_allocates_all_the_time(self):
        with Target(next(iter(PYTHONS)), BUSY) as target, target.client() as client:
            for _ in range(20):
                self.assertIn("bytes in allocated blocks", client.request("agent/memory")["allocator"])
            self.assertIsNone(target.process.poll())

    def test_one_at_a_time_beside_a_snapshot(self):
        with Target(next(iter(PYTHONS)), ANSWERS) as target:
            with target.client() as first, target.client() as second, target.client() as third:
                snapshot = first.start("agent/snapshot", {"mode": "twin", "textLimit": 1})
                request = second.start("agent/memory")
                try:
                    self.assertIn("arenas", third.request("agent/memory")["allocator"])
                except AgentError as error:
                    self.assertIn("being asked", str(error))
                self.assertIn("arenas", second.finish(request)["allocator"])
                self.assertGreater(first.finish(snapshot)["objectCount"], 100_000)


if __name__ == "__main__":
    unittest.main()
