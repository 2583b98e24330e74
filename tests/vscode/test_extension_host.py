"""Tests inside VS Code's extension host (clients/vscode/test/host), with the scripted server."""
import os
import subprocess
import unittest

import editor_case
import editor_install
from test_client import DISPATCHER, FAKE_SERVER


def bundle_tests():
    file = os.path.join(editor_case.BUILD, "vsix-without-server", "host-tests.cjs")
    subprocess.run([editor_install.WITH_NODE, "node_modules/.bin/esbuild", "test/host/index.ts", "--bundle",
                    "--platform=node", "--format=cjs", "--external:vscode", "--log-level=warning",
                    "--outfile=" + file], cwd=editor_case.EXTENSION, check=True)
    return file


class ExtensionHost(editor_case.EditorCase):
    package = staticmethod(editor_case.package_without_server)

    def test_inside_the_extension_host(self):
        with self.workspace_with({"dispatcher.py": DISPATCHER}) as folder:
            self.run_scenario("extension-host", folder, WHYALIVE_FAKE_SERVER=FAKE_SERVER,
                              WHYALIVE_EXTENSION=os.path.dirname(self.vsix),
                              WHYALIVE_HOST_TESTS=bundle_tests())


if __name__ == "__main__":
    editor_case.main()
