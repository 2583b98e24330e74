"""The extension in a real VS Code against a scripted server: what a real one must not do on request.

A server that dies is started again and says why; a refusal is told with its remedy; a long snapshot can
be cancelled; hints appear when the server says that there is something new.
"""
import os
import unittest

import editor_case

FAKE_SERVER = os.path.join(editor_case.EXTENSION, "test", "fake-server.mjs")

DISPATCHER = '''class Dispatcher:
    def __init__(self):
        self._expected = {}

    def send(self, stanza, callback):
        self._expected[stanza.id] = callback
'''


class Client(editor_case.EditorCase):
    package = staticmethod(editor_case.package_without_server)

    def test_hints_refusals_cancellation_and_a_crash(self):
        with self.workspace_with({"dispatcher.py": DISPATCHER}) as folder:
            self.run_scenario("client", folder, WHYALIVE_FAKE_SERVER=FAKE_SERVER)


if __name__ == "__main__":
    editor_case.main()
