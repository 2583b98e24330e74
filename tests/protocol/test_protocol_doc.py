"""docs/protocol.md is complete: every message of protocol/whyalive has its section, with every field.

When a message changes, this test fails until the page has been looked at; the hash line in the page
then says so: run this file with --hash to see the new one.
"""
import hashlib
import re
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")
HEADERS = sorted((ROOT / "protocol/whyalive").glob("*.h"))


def code_of(path):
    """The header without comments and layout: what the wire depends on."""
    return " ".join(re.sub(r"//[^\n]*", "", path.read_text(encoding="utf-8")).split())


CODE = " ".join(code_of(path) for path in HEADERS)
STRUCTS = {}
for name, base, body in re.findall(r"struct (\w+)(?: : (\w+))? \{(.*?)\};(?= struct| constexpr| enum| \})",
                                   CODE):
    STRUCTS[name] = (base, body)


def current_hash():
    return hashlib.sha256(CODE.encode()).hexdigest()[:16]


def fields(name, seen=()):
    """All field names that this struct can show, its members' structs included."""
    if name not in STRUCTS or name in seen:
        return set()
    base, body = STRUCTS[name]
    found = set(re.findall(r'json::(?:required|defaulted)\( ?"(\w+)"', body)) | fields(base)
    for other in STRUCTS:
        if re.search(r"\b%s>* \w+" % other, body):
            found |= fields(other, seen + (name,))
    return found


def messages():
    for _, body in STRUCTS.values():
        method = re.search(r'kMethod = "([^"]+)"', body)
        if method:
            types = re.findall(r"using (?:Params|Result) = (?:api::)?(\w+)", body)
            yield method.group(1), types


def sections():
    parts = re.split(r"^## (.+)$", PAGE, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


class Page(unittest.TestCase):
    def test_the_hash_line_is_that_of_the_headers(self):
        written = re.search(r"whyalive-messages: (\w+)", PAGE).group(1)
        self.assertEqual(written, current_hash(),
                         "protocol/whyalive changed: look docs/protocol.md through, then put the "
                         "new hash there")

    def test_every_message_has_a_section_and_every_section_a_message(self):
        known = {method for method, _ in messages()}
        self.assertGreater(len(known), 8)
        described = {title for title in sections() if title.startswith("whyalive/")}
        self.assertEqual(known, described)

    def test_every_field_is_described(self):
        for method, types in messages():
            section = sections()[method]
            for name in sorted(set().union(*map(fields, types), set())):
                with self.subTest(method=method, field=name):
                    shared = "as `whyalive/snapshot`" in section
                    text = section + (sections()["whyalive/snapshot"] if shared else "")
                    self.assertRegex(text, r'[`"]%s[`"]' % name)

    def test_every_section_says_direction_since_and_params(self):
        for title, section in sections().items():
            if not title.startswith("whyalive/"):
                continue
            with self.subTest(section=title):
                self.assertRegex(section, r"Client → server\.|Server → client notification\.")
                self.assertRegex(section, r"Since \d+\.\d+")
                self.assertIn("Params", section)
                if "Client → server" in section:
                    self.assertIn("- Result", section)
                    self.assertIn("- Errors", section)
                self.assertIn("```json", section)

    def test_the_examples_are_json(self):
        import json
        examples = re.findall(r"```json\n(.*?)```", PAGE, flags=re.S)
        self.assertGreater(len(examples), 12)
        for example in examples:
            json.loads(example)

    def test_the_reader_of_headers_sees_fields(self):
        self.assertIn("stoppedMs", fields("SnapshotResult"))
        self.assertIn("objects", fields("SnapshotResult"))
        self.assertIn("rank", fields("SuspectsResult"))
        self.assertIn("expression", fields("SuspectsResult"))


if __name__ == "__main__":
    if "--hash" in sys.argv:
        print(current_hash())
    else:
        unittest.main()
