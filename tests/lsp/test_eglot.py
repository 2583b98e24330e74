"""The whole session in a real Emacs with eglot: hints, diagnostics, jump, hover, actions, edits."""
import os
import sys
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import editors_install  # noqa: E402
from real_editor import RealEditor, main  # noqa: E402

SCRIPT = Path(__file__).with_name("eglot_session.el")
EMACS = None


class Eglot(RealEditor):
    def test_a_session_from_launch_to_the_edited_line(self):
        seen = self.result(EMACS, "--batch", "-Q", "-l", SCRIPT)
        store = self.check_session(seen)
        self.assertEqual(seen["store"], store)
        self.assertEqual(seen["diagnostic"], store)
        self.assertIn("_größe", seen["message"])
        self.assertEqual(seen["cursor"], store)


def install():
    global EMACS
    EMACS = editors_install.emacs()


if __name__ == "__main__":
    main(install)
