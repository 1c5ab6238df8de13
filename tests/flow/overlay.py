#!/usr/bin/env python3
"""A site's own mapping files in a broker that runs: read again at SIGHUP, and a fault in one changes nothing."""
import json
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.hospital import Hospital  # noqa: E402
from support.messages import Mllp, adt, said  # noqa: E402
from support.scenarios import check, equal, eventually, run, scenario  # noqa: E402

RULE = "segment PID[Patient]\nPID -> meta.tag[site] = \"https://pas.example.nhs.uk/tags|{}|Of the site\"\n"


class Site:
    """A hospital whose PAS has an overlay, and what its messages became."""

    def __init__(self, system):
        self.hospital, self.system = Hospital(system), system
        plain = self.hospital.text()
        self.hospital.text = lambda **_: plain.replace("adapter: hl7v2}", "adapter: {name: hl7v2, overlay: [maps/pas]}}", 1)
        self.rules(RULE.format("first"))
        self.hospital.start()
        self.broker, self.sent = self.hospital.broker, 0

    def rules(self, text):
        self.system.write("maps/pas/site.map", text)

    def logged(self, event):
        """The log's whole lines of an event."""
        return [json.loads(line) for line in self.broker.output().split("\n")[:-1] if f'"{event}"' in line]

    def reload(self, wanted):
        """SIGHUP; waits until the log has one more event of that name, and gives it."""
        before = len(self.logged(wanted))
        self.broker.process.send_signal(signal.SIGHUP)
        return eventually(wanted, lambda: self.logged(wanted)[before:])[0]

    def tag(self, connection):
        """The tag of the Patient that a new message over the connection became."""
        self.sent += 1
        equal(said(connection.send(adt(f"T{self.sent}"))), f"AA T{self.sent}", "the answer")
        files = eventually("it is delivered", lambda: len(self.hospital.files("records")) == self.sent and self.hospital.files("records"))
        bundle = json.loads(list(files.values())[-1])
        patient, = [one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == "Patient"]
        return [one["code"] for one in patient["meta"].get("tag", ())]


@scenario("overlay: SIGHUP takes new rules without dropping a connection")
def _(system):
    site = Site(system)
    with Mllp(site.hospital.pas) as connection:
        equal(site.tag(connection), ["first"], "the tag at the start")
        site.rules(RULE.format("second"))
        equal(site.tag(connection), ["first"], "the tag before the signal")
        site.reload("app.reloaded")
        equal(site.tag(connection), ["second"], "the tag after it")


@scenario("overlay: a fault in one at SIGHUP changes nothing and is named with file and line")
def _(system):
    site = Site(system)
    with Mllp(site.hospital.pas) as connection:
        for fault, reason in (("PID-8 -> sex\n", "Patient has no element sex"), ("PID-8 gender\n", "expected"), ("PID-8 -> gender @NoSuchTable\n", "NoSuchTable")):
            site.rules(RULE.format("faulty") + fault)
            refused = site.reload("app.reload_refused")
            check(refused["at"].endswith("maps/pas/site.map:3"), f"file and line: {refused}")
            check(reason in refused["reason"], f"the reason: {refused}")
            equal(site.tag(connection), ["first"], "the tag afterwards")
        equal(site.logged("app.reloaded"), [], "what was taken over")
        site.rules(RULE.format("mended"))
        site.reload("app.reloaded")
        equal(site.tag(connection), ["mended"], "the tag once the file is right")


@scenario("overlay: a folder that is gone at SIGHUP changes nothing")
def _(system):
    site = Site(system)
    with Mllp(site.hospital.pas) as connection:
        (system.folder / "maps/pas/site.map").unlink()
        (system.folder / "maps/pas").rmdir()
        site.reload("app.reload_refused")
        equal(site.tag(connection), ["first"], "the tag afterwards")


if __name__ == "__main__":
    sys.exit(run())
