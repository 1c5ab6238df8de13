#!/usr/bin/env python3
"""Writes what the fuzz targets start from: the tests' own messages, and pieces of them.
Usage: seeds.py TARGET OUT      a file for each seed, in the folder OUT
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.messages import END, START, adt, oru  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
DEMO = [one.read_bytes() for one in sorted((ROOT / "config/demo").glob("*.hl7"))]
MESSAGES = DEMO + [one.encode() for one in (
    adt("S1", extra=("NK1|1|DOE^JANE|SPO^Spouse", "AL1|1|DA|7980^Penicillin|SV", "DG1|1||I10^Hypertension^I10")),
    adt("S2", trigger="A40", extra=("MRG|HOSP0002^^^RXQ^MR",)),
    adt("S3").replace("|", "!").replace("^", "*"),
    adt("S4").replace("TESTPATIENT", '""').replace("19570314", '""'),
    oru("S5").replace("\r", "\n"),
    oru("S6") + "NTE|1|L|low \\.br\\ repeat \\T\\ call\\X0A\\\r",
    oru("S7").replace("|2.4", "|2.7||||||8859/2").replace("^~\\&", "^~\\&#"),
)]
TEXTS = [b"a \\F\\ b \\S\\ c \\T\\ d \\R\\ e \\E\\ f \\P\\", b"\\.br\\\\.sp3\\\\.sk+4\\\\.in-2\\\\H\\x\\N\\", b"\\XC3A9\\\\XE9\\\\C2D42\\\\M2442\\\\Zlocal\\",
         b"20260110091530.1234+0100", b"202601", b"0915-05", b"GMT0BST,M3.5.0/1,M10.5.0", b"<+03>-3", b"EST5EDT,J60/2:30,300"]
ZONES = [Path("/usr/share/zoneinfo/Europe/London"), Path("/usr/share/zoneinfo/Asia/Kolkata")]


def batch(messages):
    return b"FHS|^~\\&|A\rBHS|^~\\&|A|B|C|D|||N||7\r" + b"".join(messages) + b"BTS|%d\rFTS|1\r" % len(messages)


SEEDS = {
    "framer": lambda: [b"\x05" + START + one[:3000] + END for one in MESSAGES] + [b"\x01noise" + START + b"a" + START + b"b" + END + b"\x16\x03\x01", b"\x02GET / HTTP/1.1"],
    "parser": lambda: MESSAGES + [batch(MESSAGES[:2]), MESSAGES[0] + MESSAGES[1]],
    "escapes": lambda: TEXTS + [one.read_bytes() for one in ZONES if one.exists()],
    "conversion": lambda: MESSAGES,
}


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in SEEDS:
        sys.exit(__doc__.split("\n")[1])
    out = Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS[sys.argv[1]]()):
        (out / f"seed-{number:02}").write_bytes(seed)


if __name__ == "__main__":
    main()
