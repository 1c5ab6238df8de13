"""Configurations for `reloads`: good ones, each other in its listeners, routes and destinations, and bad ones with one fault in them.

`pas`, `secure` and `ward` stand the same in all of them. A configuration follows from the seed and its number.
"""
import random
from dataclasses import dataclass, field

EXTRAS, SPARES = 4, 4  # listeners and destinations that come and go


@dataclass
class Places:
    """What the configurations are written from: free ports, and the folder of the certificates."""
    pas: int
    secure: int
    ward: int
    ops: int
    extra: list  # ports for EXTRAS listeners, twice as many
    taken: int   # a port that another program holds
    keys: object


@dataclass
class Configuration:
    text: str
    listeners: dict = field(default_factory=dict)   # name -> (port, whether over TLS)
    destinations: set = field(default_factory=set)
    fault: str = ""                                 # what is wrong with it
    says: tuple = ()                                # what the log must hold then


def _tls(places):
    return f", tls: {{certificate: {places.keys}/server.pem, key: {{file: {places.keys}/server.key}}}}"


def _spare(rng, name):
    kind = rng.choice(("discard: {}", f"folder: {{path: {name}}}", "mllp: {host: 127.0.0.1, port: 1}"))
    return f"  {name}: {{{kind}, timeout: {rng.randint(1, 5)}s, retry: {{first: 50ms, most: {rng.randint(1, 9)}s}}}}"


def good(places, seed, number, share=0.6):
    """`share` of the listeners and destinations that come and go are there."""
    rng = random.Random(f"{seed}/{number}/configuration")
    ports = rng.sample(places.extra, EXTRAS)
    listeners = {"pas": (places.pas, False), "secure": (places.secure, True)}
    lines = ["node: chaos", "data: data", "bus: {kind: embedded, partitions: 3}", "listeners:",
             f"  pas: {{mllp: {{port: {places.pas}}}, adapter: hl7v2, always_reply: {rng.choice(('true', 'false'))}}}",
             f"  secure: {{mllp: {{port: {places.secure}{_tls(places)}}}, adapter: hl7v2}}"]
    for which, port in enumerate(ports):
        if rng.random() < share:
            secure = rng.random() < 0.3
            listeners[f"extra{which}"] = (port, secure)
            lines.append(f"  extra{which}: {{mllp: {{port: {port}, max_frame: {rng.randint(1, 3)}MiB{_tls(places) if secure else ''}}}, adapter: hl7v2}}")
    spares = [f"spare{which}" for which in range(SPARES) if rng.random() < share]
    lines += ["routes:", "  - {name: as it came, when: {type: ADT}, topic: adt, publish: original, to: [ward]}"]
    for name in spares:
        lines.append(f"  - {{name: more for {name}, when: {{type: ADT, trigger: {rng.choice(('A01', 'A08'))}}}, topic: {name}, publish: original, to: [{name}]}}")
    lines += ["destinations:", f"  ward: {{mllp: {{host: 127.0.0.1, port: {places.ward}}}, retry: {{first: 50ms, most: 1s}}}}"]
    lines += [_spare(rng, name) for name in spares]
    lines += [f"ops: {{port: {places.ops}}}", "retention: {disk_reserve: 64MiB}"]
    return Configuration("\n".join(lines) + "\n", listeners, {"ward", *spares})


def _after(text, line, new):
    """The text with a new line after the one that begins so, and that line's number."""
    lines = text.split("\n")
    at = next(number for number, one in enumerate(lines) if one.startswith(line))
    return "\n".join([*lines[:at + 1], new, *lines[at + 1:]]), at + 2


def _instead(text, line, new):
    lines = text.split("\n")
    at = next(number for number, one in enumerate(lines) if one.startswith(line))
    return "\n".join([*lines[:at], new, *lines[at + 1:]]), at + 1


FAULTS = {
    "no YAML": lambda text, places: _after(text, "routes:", "  - {name: cut"),
    "an unknown key": lambda text, places: _after(text, "listeners:", "  odd: {mllp: {port: 0, colour: blue}, adapter: hl7v2}"),
    "a route to nobody": lambda text, places: _after(text, "routes:", "  - {name: odd, topic: odd, publish: original, to: [nobody]}"),
    "a port that is none": lambda text, places: _after(text, "listeners:", "  odd: {mllp: {port: 99999}, adapter: hl7v2}"),
    "a port that is taken": lambda text, places: _after(text, "listeners:", f"  odd: {{mllp: {{port: {places.taken}}}, adapter: hl7v2}}"),
    "a certificate that is missing": lambda text, places: _after(
        text, "listeners:", "  odd: {mllp: {port: 0, tls: {certificate: no.pem, key: {file: no.key}}}, adapter: hl7v2}"),
    "a destination with a fault": lambda text, places: _after(text, "destinations:", "  odd: {mllp: {host: here}}"),
    "the same listener twice": lambda text, places: _after(text, "listeners:", f"  pas: {{mllp: {{port: {places.pas}}}, adapter: hl7v2}}"),
    "another node": lambda text, places: _instead(text, "node:", "node: other"),
    "another data folder": lambda text, places: _instead(text, "data:", "data: other"),
    "another bus": lambda text, places: _instead(text, "bus:", "bus: {kind: embedded, partitions: 7}"),
    "nothing at all": lambda text, places: ("", None),
}


def bad(places, seed, number):
    """A good one, other than what is in force, with a fault."""
    one = good(places, seed, number)
    one.fault = list(FAULTS)[(number // 5) % len(FAULTS)]
    one.text, line = FAULTS[one.fault](one.text, places)
    # The second of two keys, and the end of what was cut, stand further down.
    exact = line and one.fault not in ("no YAML", "the same listener twice")
    one.says = (f"tieline.yaml:{line}" if exact else "tieline.yaml", "app.reload_refused")
    return one
