#!/usr/bin/env python3
"""`tieline convert --explain`: every value of a message leads to an element of its Bundle, or has a reason."""
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.messages import adt  # noqa: E402
from support.scenarios import check, equal, run, scenario  # noqa: E402
from support.system import tieline  # noqa: E402

MESSAGE = adt("X1", extra=("ZZ1|mine",))


def found_at(bundle, element):
    """The value to which a FHIRPath of names and indexes leads; what stands beside a primitive one has an underscore in JSON."""
    value = bundle
    for name, index in re.findall(r"\.(\w+)(?:\[(\d+)\])?", element):
        value = value[name if name in value else "_" + name]
        value = value[int(index)] if index else value
    return value


def check_explained(answer):
    explained = {one["at"]: one for one in answer["explained"]}
    for one in explained.values():
        check(("to" in one) != ("reason" in one), f"either elements or a reason: {one}")
        for filled in one.get("to", ()):
            check(found_at(answer["bundle"], filled["element"]) not in (None, ""), f"nothing at {filled}")
            check(filled["row"].startswith("maps/"), f"a row has a place: {filled}")
    family, = explained["PID-5.1"]["to"]
    equal(found_at(answer["bundle"], family["element"]), "TESTPATIENT", "the family name")
    equal(explained["ZZ1-1"]["reason"], "a Z-segment that no map speaks of", "the reason for a Z-segment")


@scenario("convert --explain: one message gives its Bundle and what became of each value")
def _(system):
    done = tieline("convert", "--explain", expect=0, input=MESSAGE)
    check_explained(json.loads(done.stdout))


@scenario("convert --batch --explain: each line has its own explanation; without it none")
def _(system):
    line = json.dumps({"id": "1", "message": MESSAGE}) + "\n"
    for answer in map(json.loads, tieline("convert", "--batch", "--explain", expect=0, input=line * 2).stdout.splitlines()):
        check_explained(answer)
    check("explained" not in json.loads(tieline("convert", "--batch", expect=0, input=line).stdout), "nothing is explained unasked")


if __name__ == "__main__":
    sys.exit(run())
