"""Includes point downwards only: the layer table of docs/architecture.md, checked line by line."""
import os
import re
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# folder -> folders it may include from (itself always)
ALLOWED = {
    "protocol/base": [],
    "protocol/snapshot": ["protocol/base"],
    "protocol": [],  # its own subfolders, which the longest-prefix rule resolves
    "server/heap": ["protocol/base", "protocol/snapshot"],
    "server/sql": ["server/heap", "protocol/base", "protocol/snapshot"],
    "server/sources": ["server/heap", "protocol/base", "protocol/snapshot"],
    "server/pictures": ["server/heap", "protocol/base", "protocol/snapshot"],
    "server/features": ["server/heap", "server/sql", "server/sources", "server/pictures", "protocol"],
    "server/attach": ["protocol/base"],
    "server/net": ["server/attach", "protocol"],
    "server/session": ["server/heap", "server/sql", "server/sources", "server/pictures",
                       "server/features", "server/net", "server/attach", "protocol"],
    "server/cli": ["server", "protocol"],
    "agent": ["protocol"],
}
# Third-party headers that only some folders may see.
ONLY = {
    r"^nlohmann/": ["protocol", "server/features", "server/net", "server/session", "server/cli",
                    "agent"],
    r"^boost/": ["server/net", "server/session", "server/cli"],
    r"^sqlite3\.h": ["server/sql"],
    r"^tree_sitter/": ["server/sources"],
    r"^(graphviz/|gvc|cgraph)": ["server/pictures"],
    r"^Python\.h": ["agent"],
    r"^CLI/": ["server/cli"],
    r"^editline/": ["server/cli"],
    r"^zstd\.h": ["server/session"],
}
NO_JSON = ("protocol/base", "protocol/snapshot")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def layer_of(path):
    best = ""
    for layer in ALLOWED:
        if (path == layer or path.startswith(layer + "/")) and len(layer) > len(best):
            best = layer
    return best


def sources():
    for top in ("protocol", "server", "agent"):
        for folder, _, names in os.walk(os.path.join(ROOT, top)):
            for name in names:
                if name.endswith((".h", ".cpp")):
                    yield os.path.relpath(os.path.join(folder, name), ROOT)


def problems_of(path, text):
    layer = layer_of(path)
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        included = match.group(2)
        place = "%s:%d includes %s" % (path, number, included)
        if included.split("/")[0] in ("protocol", "server", "agent"):
            target = layer_of(included)
            allowed = [layer] + ALLOWED[layer]
            inside_protocol = layer == "protocol" and target.startswith("protocol")
            if not inside_protocol and not any(
                    target == a or target.startswith(a + "/") for a in allowed):
                found.append("%s: %s may not use %s" % (place, layer, target))
        for pattern, layers in ONLY.items():
            if re.match(pattern, included):
                inside = any(path.startswith(one + "/") for one in layers)
                if not inside or (pattern.startswith("^nlohmann") and layer in NO_JSON):
                    found.append("%s: not allowed in %s" % (place, layer))
    return found


class Layering(unittest.TestCase):
    def test_every_include_points_downwards(self):
        found, count = [], 0
        for path in sources():
            count += 1
            with open(os.path.join(ROOT, path), encoding="utf-8") as file:
                found += problems_of(path, file.read())
        self.assertGreater(count, 5)
        self.assertEqual(found, [], "\n" + "\n".join(found))

    def test_the_check_sees_an_upward_include(self):
        self.assertTrue(problems_of("server/heap/x.h", '#include "server/net/y.h"\n'))
        self.assertTrue(problems_of("server/heap/x.h", "#include <nlohmann/json.hpp>\n"))
        self.assertTrue(problems_of("protocol/base/x.h", "#include <nlohmann/json.hpp>\n"))
        self.assertTrue(problems_of("protocol/snapshot/x.h", '#include "protocol/lsp/y.h"\n'))
        self.assertFalse(problems_of("server/session/x.h", '#include "server/heap/y.h"\n'))
        self.assertFalse(problems_of("protocol/lsp/x.h", "#include <nlohmann/json.hpp>\n"))


if __name__ == "__main__":
    sys.exit(unittest.main())
