#!/usr/bin/env python3
"""Does what adapters/hl7v2/INTEGRATORS.md tells its reader to do: writes the files that it names, runs its commands in order, and
looks for what it says that they print.
Usage: integrators.py      TIELINE_BUILD names the build
Exit: 0 the page is right; 1 it is not, with the reason.
"""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "adapters/hl7v2/INTEGRATORS.md"
BUILD = Path(os.environ.get("TIELINE_BUILD", ROOT / "build"))
FILES = {"yaml": r"`([\w/]+\.yaml)`", "hl7": r"`([\w/]+\.hl7)`", "map": r"`([\w/]+\.map)`"}


def blocks(page):
    """(kind, path or None, text) of each block; the path is the last of the block's kind in backticks before it. A block without a kind
    is there to be read."""
    for before, kind, text in re.findall(r"(.*?)^```(\w*)\n(.*?)^```$", page, re.S | re.M):
        paths = re.findall(FILES[kind], before) if kind in FILES else []
        if kind in FILES and not paths:
            sys.exit(f"integrators.py: a block without a file's name before it: {text[:60]!r}")
        yield kind, paths[-1] if paths else None, text


def run(line, folder):
    words = line.split()
    done = subprocess.run([BUILD / words[0], *words[1:]], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    return f"$ {line}\n{done.stdout}{done.stderr}"


def main():
    page = PAGE.read_text()
    said, commands, looked_for = "", 0, 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "records").mkdir()
        for kind, path, text in blocks(page):
            if path:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(text.replace("\n", "\r") if kind == "hl7" else text, newline="")
            elif kind == "sh":
                said = "".join(run(line, folder) for line in text.splitlines())
                commands += len(text.splitlines())
            elif kind == "text":
                for line in text.splitlines():
                    looked_for += 1
                    if line not in said:
                        sys.exit(f"integrators.py: the page promises {line!r}; what came is:\n{said}")
    if commands < 3 or looked_for < 5:
        sys.exit(f"integrators.py: {commands} commands and {looked_for} lines found; where has the page gone?")
    print(f"{commands} commands, {looked_for} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main())
