"""A short soak (bench/soak.py runs for as long as one likes): gunicorn under load with an editor attached that takes a
snapshot every second loses no request, and nothing stays behind when the editor has gone."""
import json
import os
import subprocess
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SKIPPED = 77
MINUTES = os.environ.get("WHYALIVE_TEST_SOAK_MINUTES", "0.2")


class Soak(unittest.TestCase):
    def test_a_service_under_load_does_not_mind(self):
        done = subprocess.run([sys.executable, os.path.join(ROOT, "bench", "soak.py"), "--minutes", MINUTES, "--json"],
                              capture_output=True, text=True, check=False)
        if done.returncode == SKIPPED:
            self.skipTest(done.stdout.strip())
        self.assertTrue(done.stdout.startswith("{"), done.stdout + done.stderr)
        result = json.loads(done.stdout)
        self.assertEqual(result["failed"], [])
        self.assertGreater(result["requests"], 10)
        self.assertGreater(result["snapshots"], 2)
        self.assertEqual(result["hinted"], result["snapshots"])
        self.assertTrue(result["processes"]["same"], result["processes"])
        self.assertEqual(result["processes"]["zombies"], 0)
        self.assertEqual(result["descriptors"]["before"], result["descriptors"]["after"])
        self.assertEqual(result["leftovers"], [])
        self.assertEqual(result["serverExit"], 0)
        watched = result["memory"]["watched worker"]
        self.assertLess(watched["lateMB"] - watched["earlyMB"], 16)


if __name__ == "__main__":
    unittest.main()
