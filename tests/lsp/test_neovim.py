"""The whole session in a real Neovim: hints, diagnostics, jump, hover, lenses, actions, edits."""
import os
import sys
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import editors_install  # noqa: E402
from real_editor import RealEditor, main  # noqa: E402

SCRIPT = Path(__file__).with_name("neovim_session.lua")
NVIM = None


class Neovim(RealEditor):
    def test_a_session_from_launch_to_the_edited_line(self):
        seen = self.result(NVIM, "--headless", "--clean", "-n", "-l", SCRIPT)
        store = self.check_session(seen)
        keeps = [one for one in seen["hints"] if "keeps" in one["label"]]
        self.assertEqual([one["line"] for one in keeps], [store])
        self.assertIn("3,600 Request", keeps[0]["label"])
        line = "        \"\"\"𝒳\"\"\"; self._größe[number] = request"
        self.assertEqual(keeps[0]["character"], len(line.encode()))  # Neovim counts bytes
        self.assertEqual(seen["diagnostics"][0]["line"], store)
        self.assertEqual(seen["diagnostics"][0]["code"], "growth")
        self.assertEqual(seen["cursor"]["line"], store)
        before = "        \"\"\"𝒳\"\"\"; "
        self.assertIn(seen["cursor"]["column"], (8, len(before.encode())))
        self.assertGreaterEqual(seen["lenses"], 1)


def install():
    global NVIM
    NVIM = editors_install.neovim()


if __name__ == "__main__":
    main(install)
