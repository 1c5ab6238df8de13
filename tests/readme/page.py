#!/usr/bin/env python3
"""Takes the code blocks of the README's page "Adding a destination kind" and makes of them what a reader would have.
Usage: page.py OUT      OUT gets the new files, and copies of the named ones with the page's lines put in, below their own paths
Exit: 0 written; 1 the page does not name what it must. tests/CMakeLists.txt builds the contract test of destinations from it.
"""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Where lines go in a file that exists: after the last line that this matches.
PLACE = {
    "broker/deliver/builtin.cpp": r"^    to\.add\(.*\n",
    "tests/contract/destination_contract.cpp": r'^    if \(kind == "\w+"\)\n        return .*\n',
}


def blocks(page):
    """(path, code) of each block: the path is the last in backticks before it."""
    for before, code in re.findall(r"(.*?)```cpp\n(.*?)```", page, re.S):
        paths = re.findall(r"`([\w/]+\.[ch]pp)`", before)
        if not paths:
            sys.exit(f"page.py: a block without a file's name before it: {code[:60]!r}")
        yield paths[-1], code


def put_in(path, code, header):
    text = (ROOT / path).read_text()
    found = list(re.finditer(PLACE[path], text, re.M))
    if not found:
        sys.exit(f"page.py: no place for the page's lines in {path}")
    end = found[-1].end()
    text = text[:end] + code + text[end:]
    if path.startswith("broker/"):
        text = text.replace('#include "broker/deliver/', f'#include "{header}"\n#include "broker/deliver/', 1)
    return text


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.split("\n")[1])
    out = Path(sys.argv[1])
    page = (ROOT / "README.md").read_text().split("## Adding a destination kind\n")[1].split("\n## ")[0]
    found = list(blocks(page))
    header = next(path for path, _ in found if path.endswith(".hpp"))
    missing = set(PLACE) - {path for path, _ in found}
    if missing:
        sys.exit(f"page.py: the page says nothing of {', '.join(sorted(missing))}")
    for path, code in found:
        text = put_in(path, code, header) if path in PLACE else code
        file = out / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_text() != text:
            file.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
