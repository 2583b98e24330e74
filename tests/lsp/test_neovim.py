"""The whole session in a real Neovim: hints, diagnostics, jump, hover, lenses, actions, edits."""
import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import editors_install  # noqa: E402
from real_editor import RealEditor, has_agent  # noqa: E402

SCRIPT = Path(__file__).with_name("neovim_session.lua")
NVIM = None


class Neovim(RealEditor):
    def test_a_session_from_launch_to_the_edited_line(self):
        seen = self.result(NVIM, "--headless", "--clean", "-n", "-l", SCRIPT)
        self.assertEqual((seen["first"], seen["second"]), ("s1", "s2"))
        store = self.line_of("= request")
        keeps = [one for one in seen["hints"] if "keeps" in one["label"]]
        self.assertEqual([one["line"] for one in keeps], [store])
        self.assertIn("3,600 Request", keeps[0]["label"])
        texts = {one["line"]: one["label"] for one in seen["hints"]}
        self.assertIn("live", texts[self.line_of("class Request")])
        self.assertIn("3,600 entries", texts[self.line_of("= {}")])
        line = "        \"\"\"𝒳\"\"\"; self._größe[number] = request"
        self.assertEqual(keeps[0]["character"], len(line.encode()))  # Neovim counts bytes
        self.assertEqual(seen["diagnostics"][0]["line"], store)
        self.assertEqual(seen["diagnostics"][0]["code"], "growth")
        self.assertEqual(seen["cursor"]["line"], store)
        before = "        \"\"\"𝒳\"\"\"; "
        self.assertIn(seen["cursor"]["column"], (8, len(before.encode())))
        self.assertEqual(seen["moved"], store + 2)
        self.assertGreaterEqual(seen["lenses"], 1)
        self.assertRegex(seen["hover"], r"Dispatcher\.\\?_größe holds 3,600 entries")
        self.assertTrue(any(one.startswith("Mark as expected") for one in seen["actions"]))
        self.assertTrue(seen["stopped"])


if __name__ == "__main__":
    try:
        NVIM = editors_install.neovim()
        if not has_agent():
            raise editors_install.Unavailable("no agent is built for /usr/bin/python3")
    except editors_install.Unavailable as reason:
        print("skipped: %s" % reason)
        sys.exit(77)
    unittest.main()
