#!/usr/bin/env python3
"""Holds the source to the house's rules.
Usage: lint.py BUILD        BUILD: a build folder, for its rooms.txt (`name folder uses...` a line, written by CMake)
Exit: 0 all is as it should be; 1 something is not, a line each; 2 usage.

- A room includes its own headers and those of the rooms in its USES list, nothing else of ours.
- A .cpp file includes its own header first, which shows that the header compiles alone (tests/headers does the others).
- What is dear to compile (Beast, TLS streams, librdkafka) is included by .cpp files, or by headers that stay in their folder.
- No file is called or contains a type called util, helper or manager.
- Text files end with one newline, hold no tab outside of Makefiles, and name no folder of a developer's machine.
- A source file is at most 400 lines; a fixed delay is no way to wait in a test.
"""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ("broker", "adapters", "schemas")
DEAR = re.compile(r'#include <(boost/beast|boost/asio/ssl\.hpp|librdkafka)')
BANNED = re.compile(r"(^|_)(util|utils|helper|helpers|manager)(_|$)")
MACHINE_PATH = re.compile(r"/(work|home|root)/[a-z]")
LONGEST = 400


def rooms(build):
    """The rooms: folder → (name, folders it may include)."""
    listed = [re.split("[ ;]", line) for line in (build / "rooms.txt").read_text().splitlines() if line.strip()]
    folder_of = {name: folder for name, folder, *_ in listed}
    folder_of["adapters_interface"] = "adapters"  # adapters/adapter.hpp: what every adapter implements
    allowed = {folder: {folder} | {folder_of[use] for use in uses if use in folder_of} for _, folder, *uses in listed}
    allowed["adapters"] |= {"broker/base", "broker/model"}  # what that interface uses (adapters/CMakeLists.txt)
    return allowed


def room_of(path, folders):
    """The innermost room that holds the path; None outside of all."""
    holds = [folder for folder in folders if path == folder or path.startswith(folder + "/")]
    return max(holds, key=len, default=None)


def include_faults(path, text, may_include):
    room = room_of(path, may_include)
    own = path.removesuffix(".cpp") + ".hpp"
    first = re.search(r'#include [<"]([^>"]+)[>"]', text)
    if path.endswith(".cpp") and (ROOT / own).exists() and (not first or first[1] != own):
        yield f"{path}: must include its own header first"
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(r'#include "([^"]+)"', line)
        if not found:
            continue
        if not (ROOT / found[1]).exists():
            yield f'{path}:{number}: include by path from the root, not "{found[1]}"'
            continue
        target = room_of(found[1], may_include)
        if target != room and target not in may_include[room]:
            yield f"{path}:{number}: the room {room} may not include {target} (its USES list does not name it)"


def dear_faults(sources):
    """Headers with dear includes that are included from outside of their folder; `sources`: path → text."""
    dear = {path for path, text in sources.items() if path.endswith(".hpp") and DEAR.search(text)}
    for path, text in sources.items():
        for header in dear.intersection(re.findall(r'#include "([^"]+)"', text)):
            if Path(path).parent != Path(header).parent:
                yield f"{path}: includes {header}, which is dear to compile"


def text_faults(path, text):
    if BANNED.search(Path(path).stem):
        yield f"{path}: the name says nothing; name it for what it does"
    if not text.endswith("\n") or text.endswith("\n\n"):
        yield f"{path}: must end with one newline"
    for number, line in enumerate(text.splitlines(), 1):
        if MACHINE_PATH.search(line) and "lint" not in path:
            yield f"{path}:{number}: names a folder of one machine"
        if path.endswith((".cpp", ".hpp")):
            if "\t" in line:
                yield f"{path}:{number}: tab"
            found = re.match(r"\s*(class|struct)\s+(\w+)", line)
            if found and BANNED.search(found[2]):
                yield f"{path}:{number}: {found[2]} says nothing; name it for what it does"
            if path.startswith("tests/") and "sleep_for(std::chrono" in line.replace("this_thread::", ""):
                yield f"{path}:{number}: wait for the event, not for time"
    if path.startswith(SOURCE) and path.endswith((".cpp", ".hpp")) and len(text.splitlines()) > LONGEST:
        yield f"{path}: over {LONGEST} lines; split it"


def tracked():
    """What git holds, plus what is new and not ignored; all files where this is no clone."""
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True)
    return listed.stdout.splitlines()


def main():
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "rooms.txt").exists():
        print(__doc__.split("\n")[1], file=sys.stderr)
        return 2
    may_include = rooms(Path(sys.argv[1]))
    faults, files, sources = [], tracked(), {}
    for path in files:
        file = ROOT / path
        if not file.is_file() or file.suffix in (".hl7", ".pem", ".png", ".bin", ".json"):
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        faults += text_faults(path, text)
        if path.startswith(SOURCE) and path.endswith((".cpp", ".hpp")):
            sources[path] = text
            faults += include_faults(path, text, may_include)
    faults += dear_faults(sources)
    print(*faults, sep="\n" if faults else "")
    print(f"{len(files)} files, {len(faults)} faults")
    return 1 if faults or not files else 0


if __name__ == "__main__":
    sys.exit(main())
