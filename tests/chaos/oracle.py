"""What must hold of a run, told from outside: who was told that a message is safe, and who got it.

A message's id says its sender and its number, `S3-17`; its bytes follow from the run's seed and the id alone, so that they can be made
again, and checked, for any id, answered or not. Nothing here knows how Tieline works.
"""
import hashlib
import re
import threading
from dataclasses import dataclass, field

from support.messages import adt

PATIENTS = 4  # of one sender; nobody else sends theirs
ID = re.compile(r"S(\d+)-(\d+)")


def patient_of(control_id):
    sender, number = map(int, ID.fullmatch(control_id).groups())
    return f"HOSP{sender:03}{number % PATIENTS}"


def mark_of(seed, control_id):
    """64 hex digits that stand in this message alone."""
    return hashlib.sha256(f"{seed}/{control_id}".encode()).hexdigest()


def message_of(seed, control_id):
    """The bytes of a message, as text: one id, one text."""
    return adt(control_id, patient=patient_of(control_id), extra=(f"NTE|1|L|{mark_of(seed, control_id)}",))


def digest_of(content):
    """Of the bytes of a message: 16 hex digits are enough for a comparison of what we made ourselves."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()[:16]


class Notes:
    """A file of what somebody saw, a line for each: the id and the digest. Written through at once, so that a run can be resumed."""

    def __init__(self, file):
        self.path = file
        self._lock, self._file = threading.Lock(), open(file, "a")

    def add(self, control_id, digest):
        with self._lock:
            self._file.write(f"{control_id} {digest}\n")
            self._file.flush()

    def __iter__(self):
        """(id, digest), in the order in which they were noted; a line that was cut off by the end of a script is none."""
        with open(self.path) as lines:
            for line in lines:
                if line.endswith("\n"):
                    yield tuple(line.split())


@dataclass
class Finding:
    """What was found at one place that should have got every acknowledged message."""
    place: str
    acknowledged: int = 0
    seen: int = 0
    lost: int = 0           # acknowledged to the sender, never seen there
    changed: int = 0        # other bytes than were sent
    twice: int = 0          # seen again, where once was promised
    out_of_order: int = 0   # seen first after a later message of the same patient
    unknown: int = 0        # nobody sent it
    examples: list = field(default_factory=list)

    FAULTS = ("lost", "changed", "twice", "out_of_order", "unknown")

    @property
    def holds(self):
        return self.acknowledged > 0 and not any(getattr(self, fault) for fault in self.FAULTS)

    def __str__(self):
        faults = ", ".join(f"{getattr(self, fault)} {fault.replace('_', ' ')}" for fault in self.FAULTS)
        return f"{self.place}: {self.acknowledged} acknowledged, {self.seen} seen, {faults}"

    def blame(self, fault, control_id):
        setattr(self, fault, getattr(self, fault) + 1)
        if len(self.examples) < 5:
            self.examples.append(f"{control_id}: {fault.replace('_', ' ')} ({self.place})")


def judge(place, acknowledged, seen, expected, once=True):
    """Compares what was seen at a place with what was acknowledged.

    `acknowledged`: ids whose positive answer a sender has read. `seen`: (id, digest), in the order in which they stood there; of one
    patient's, that is (the partitions of a topic may come one after the other). `expected`: a function from an id to the digest of its bytes,
    None for an id that nobody sent. `once`: whether a repeat is a fault; at receivers it is none. An id without an answer may be there
    once or not at all.
    """
    finding, newest, places = Finding(place), {}, set()
    for control_id, digest in seen:
        finding.seen += 1
        wanted = expected(control_id)
        if wanted is None:
            finding.blame("unknown", control_id)
            continue
        if digest != wanted:
            finding.blame("changed", control_id)
        if control_id in places:
            if once:
                finding.blame("twice", control_id)
            continue
        places.add(control_id)
        number, patient = int(ID.fullmatch(control_id)[2]), patient_of(control_id)
        if number < newest.get(patient, 0):
            finding.blame("out_of_order", control_id)
        newest[patient] = max(newest.get(patient, 0), number)
    for control_id in acknowledged:
        finding.acknowledged += 1
        if control_id not in places:
            finding.blame("lost", control_id)
    return finding
