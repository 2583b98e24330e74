"""The heap panel in a real VS Code, tab by tab, against the scripted server."""
import unittest

import editor_case
from test_client import DISPATCHER, FAKE_SERVER


class Panel(editor_case.EditorCase):
    package = staticmethod(editor_case.package_without_server)

    def test_every_tab(self):
        with self.workspace_with({"dispatcher.py": DISPATCHER}) as folder:
            self.run_scenario("panel", folder, WHYALIVE_FAKE_SERVER=FAKE_SERVER)


if __name__ == "__main__":
    editor_case.main()
