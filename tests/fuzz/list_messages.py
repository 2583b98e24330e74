"""Writes message_list.h: every message that protocol/ declares, so that the fuzz target forgets none.

Usage: list_messages.py OUTPUT HEADER…
"""

import re
import sys
from pathlib import Path

MESSAGE = re.compile(r"struct (\w+) \{\s+static constexpr std::string_view kMethod = ")
NAMESPACE = re.compile(r"^namespace (\S+) \{", re.MULTILINE)


def main(output, headers):
    includes, messages = [], []
    for header in headers:
        text = Path(header).read_text()
        found = MESSAGE.findall(text)
        if found:
            includes.append(header[header.index("protocol/"):])
            namespace = NAMESPACE.search(text)[1]
            messages += [f"{namespace}::{name}" for name in found]
    if not messages:
        sys.exit("list_messages.py: no message was found; has the way they are declared changed?")
    lines = ["// Made by tests/fuzz/list_messages.py.", "#pragma once", "", "#include <tuple>", ""]
    lines += [f'#include "{include}"' for include in includes]
    lines += ["", "namespace whyalive::fuzz {", "template <class M>", "struct Of {};",
              "inline constexpr std::tuple<"]
    lines += ["  " + ",\n  ".join(f"Of<{message}>" for message in messages)]
    lines += ["> kMessages;", "}  // namespace whyalive::fuzz", ""]
    Path(output).write_text("\n".join(lines))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
