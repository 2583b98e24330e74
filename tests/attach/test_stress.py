"""A short run of stress.py: attaches in a row, none lost, the target right to the end."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import stress  # noqa: E402

COUNT = int(os.environ.get("WHYALIVE_TEST_ATTACHES", "40"))


class Stress(unittest.TestCase):
    def test_no_attach_is_lost(self):
        for mode in stress.MODES:
            with self.subTest(mode):
                outcomes, result = stress.run(mode, COUNT)
                self.assertEqual(len(outcomes), COUNT)
                self.assertGreater(result["rounds"], 0)

    def test_the_agent_comes_and_goes_and_leaves_nothing(self):
        _, growth = stress.run_agent(COUNT)
        self.assertEqual({name: growth[name] for name in ("threads", "descriptors", "children")},
                         {"threads": 0, "descriptors": 0, "children": 0})


if __name__ == "__main__":
    unittest.main()
