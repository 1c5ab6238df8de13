#!/usr/bin/env python3
"""HAPI FHIR's validator over the Bundles that Tieline makes of a folder's HL7 v2 messages.

Usage: validate.py [--tieline FILE] [--profiles FOLDER]... [--as transaction] [--all] FILES_OR_FOLDERS...
Prints which errors there are, how often and where first (--all: each), then how many Bundles are without one. --profiles: a folder of
profiles, value sets and code systems beside R4's own, for instance UK Core's. Needs Java and Maven. Exit: 0 no error at all, 1 some.
"""
import argparse
import collections
import json
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("TIELINE_BUILD", HERE.parents[1] / "build"))


def messages(places):
    """(name, bytes) of every message: a file may hold several, each begins with MSH."""
    for place in map(Path, places):
        files = sorted(one for one in place.rglob("*") if one.suffix in (".hl7", ".txt")) if place.is_dir() else [place]
        for file in files:
            data = re.sub(rb"[\x0b\x1c]|\r?\n", b"\r", file.read_bytes().removeprefix(b"\xef\xbb\xbf"))
            for number, one in enumerate(re.findall(rb"(?:^|(?<=\r))MSH[^\w\s].*?(?=\rMSH[^\w\s]|\Z)", data, re.DOTALL)):
                yield f"{file.relative_to(place) if place.is_dir() else file.name}#{number}", re.sub(rb"\r(?:BTS|FTS|BHS|FHS)\b[^\r]*", b"", one)


def converted(tieline, places, form):
    """What `tieline convert --batch` makes of them, a line each."""
    lines = (json.dumps({"id": name, "message": text.decode("utf-8", "replace") if b"\xff" not in text else text.decode("latin-1")})
             for name, text in messages(places))
    done = subprocess.run([tieline, "convert", "--batch", "--as", form], input="\n".join(lines) + "\n", capture_output=True, text=True)
    return done.stdout


def validated(bundles, profiles):
    """[(id, errors)] of the lines that have a Bundle."""
    jars = subprocess.run([HERE.parent / "jars.sh", HERE / "pom.xml", "validator"], check=True, capture_output=True, text=True).stdout.strip()
    classes = BUILD / "java-validator"
    subprocess.run(["javac", "-cp", f"{jars}/*", "-d", classes, HERE / "validator/Validate.java"], check=True)
    command = ["java", "-Xmx2g", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", f"{classes}:{jars}/*", "Validate", *profiles]
    done = subprocess.run(command, input=bundles, stdout=subprocess.PIPE, text=True, check=True)
    return [(one["id"], one["errors"]) for one in map(json.loads, done.stdout.splitlines())]


def kind_of(error):
    """An error without what differs from message to message."""
    place = re.sub(r"\[\d+\]", "", error["at"]).split("/*")
    where = place[0] if len(place) == 1 else re.sub(r"^.*?\*/", "", "/*" + place[-1])
    return re.sub(r"\.?ofType\((\w+)\)", r"(\1)", where) + ": " + re.sub(r"'[^']*'|\"[^\"]*\"", "'…'", error["text"])[:160]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("places", nargs="+")
    parser.add_argument("--tieline", default=BUILD / "tieline")
    parser.add_argument("--profiles", action="append", default=[])
    parser.add_argument("--as", dest="form", default="message")
    parser.add_argument("--all", action="store_true")
    given = parser.parse_args()
    found = validated(converted(given.tieline, given.places, given.form), given.profiles)
    kinds = collections.defaultdict(list)
    for name, errors in found:
        for error in errors:
            kinds[kind_of(error)].append(name)
            if given.all:
                print(f"{name}\t{error['at']}\t{error['text']}")
    for kind, names in sorted(kinds.items(), key=lambda one: -len(set(one[1]))):
        print(f"{len(set(names)):4} Bundles, first {names[0]}: {kind}")
    clean = sum(not errors for _, errors in found)
    print(f"{clean} of {len(found)} Bundles without an error ({100 * clean / max(len(found), 1):.1f} %)")
    return 0 if clean == len(found) else 1


if __name__ == "__main__":
    sys.exit(main())
