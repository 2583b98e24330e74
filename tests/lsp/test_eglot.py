"""The whole session in a real Emacs with eglot: hints, diagnostics, jump, hover, actions, edits."""
import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import editors_install  # noqa: E402
from real_editor import RealEditor, has_agent  # noqa: E402

SCRIPT = Path(__file__).with_name("eglot_session.el")
EMACS = None


class Eglot(RealEditor):
    def test_a_session_from_launch_to_the_edited_line(self):
        seen = self.result(EMACS, "--batch", "-Q", "-l", SCRIPT)
        self.assertEqual((seen["first"], seen["second"]), ("s1", "s2"))
        store = self.line_of("= request")
        self.assertEqual(seen["store"], store)
        texts = {one["line"]: one["label"] for one in seen["hints"]}
        self.assertIn("live", texts[self.line_of("class Request")])
        self.assertIn("3,600 entries", texts[self.line_of("= {}")])
        self.assertEqual(seen["diagnostic"], store)
        self.assertIn("_größe", seen["message"])
        self.assertEqual(seen["cursor"], store)
        self.assertRegex(seen["hover"], r"Dispatcher\.\\?_größe holds 3,600 entries")
        self.assertTrue(any(one.startswith("Mark as expected") for one in seen["actions"]))
        self.assertEqual(seen["moved"], store + 2)
        self.assertTrue(seen["stopped"])


if __name__ == "__main__":
    try:
        EMACS = editors_install.emacs()
        if not has_agent():
            raise editors_install.Unavailable("no agent is built for /usr/bin/python3")
    except editors_install.Unavailable as reason:
        print("skipped: %s" % reason)
        sys.exit(77)
    unittest.main()
