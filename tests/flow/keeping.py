#!/usr/bin/env python3
"""Keeping what was stored: backups and restores, one process a folder, old messages deleted, the service unit."""
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.hospital import Hospital  # noqa: E402
from support.messages import adt, oru, said, send  # noqa: E402
from support.scenarios import ROOT, check, equal, eventually, run, scenario  # noqa: E402
from support.system import TIELINE, free_ports, tieline  # noqa: E402


def stored(hospital, prefix, count):
    for number in range(count):
        equal(said(send(hospital.pas, adt(f"{prefix}{number}"))), f"AA {prefix}{number}", "the answer")


@scenario("backup: made while it runs, restored elsewhere, it goes on from there with ids of its own")
def _(system):
    hospital = Hospital(system).start()
    stored(hospital, "A", 20)
    eventually("all are published", hospital.broker.all_published)
    backup, other = system.folder / "backup", system.folder / "other"
    done = hospital.broker.command("backup", backup, expect=0)
    check("messages up to 20, published through 20" in done.stdout, done.stdout)
    equal(backup.stat().st_mode & 0o777, 0o700, "the backup's mode")
    check(not (system.folder / "data/copy-for-backup").exists(), "the copy is gone")
    hospital.broker.command("backup", backup, expect=2)  # it is not empty
    stored(hospital, "B", 5)
    hospital.broker.stop()

    done = tieline("restore", backup, "--to", other, expect=0)
    check("Restored and verified" in done.stdout and "flow.1000000000001" in done.stdout, done.stdout)
    tieline("restore", backup, "--to", other, expect=2)  # there is a store already
    shutil.rmtree(system.folder / "data")
    other.rename(system.folder / "data")
    hospital.start()
    equal(len(hospital.broker.trace("A7")), 1, "a message from before the backup is known")
    equal(hospital.broker.trace("B1"), [], "one from after it is not")
    equal(said(send(hospital.pas, adt("A7"))), "AA A7", "the answer to a repeat")
    equal(len(hospital.broker.trace("A7")), 1, "which is no new message")
    stored(hospital, "C", 1)
    equal(hospital.broker.trace("C0")[0]["id"], "flow.1000000000001", "the id of a new message")
    eventually("it is published and delivered", lambda: "flow.1000000000001.json" in hospital.files("records"))


@scenario("backup: made when nothing runs, and a damaged one is refused by name, leaving nothing behind")
def _(system):
    hospital = Hospital(system).start()
    stored(hospital, "A", 10)
    hospital.broker.stop()
    backup, other = system.folder / "backup", system.folder / "other"
    hospital.broker.command("backup", backup, expect=0)
    tables = sorted((backup / "store").glob("*.sst"), key=lambda one: one.stat().st_size)
    whole = tables[-1].read_bytes()
    tables[-1].write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    refused = tieline("restore", backup, "--to", other, expect=3)
    check(f"{tables[-1].name} does not match its checksum" in refused.stderr, refused.stderr)
    equal(sorted(other.iterdir()), [], "what is left behind")
    tables[-1].write_bytes(whole)
    listed = (backup / "backup.list").read_text()
    (backup / "backup.list").write_text(listed.replace("last 10", "last 11"))
    tieline("restore", backup, "--to", other, expect=3)
    (backup / "backup.list").write_text(listed)
    tieline("restore", backup, "--to", other, expect=0)


@scenario("one process a folder: a second one says which process has it, and ends with 3")
def _(system):
    hospital = Hospital(system).start()
    ports = free_ports(4)
    second = system.write("second.yaml", hospital.text(pas=ports[0], lims=ports[1], gp=ports[2], ops=ports[3]))
    done = tieline("run", second, expect=3)
    check(f"another process has the data folder (process {hospital.broker.pid})" in done.stderr, done.stderr)


@scenario("retention: what is finished goes when it is old, what is Held stays, with its trace")
def _(system):
    port, = free_ports(1)  # nobody listens there
    lab = f"""  records: {{folder: {{path: records}}}}
  lab: {{mllp: {{host: 127.0.0.1, port: {port}}}}}"""
    hospital = Hospital(system, destinations=lab).start()
    stored(hospital, "A", 5)
    send(hospital.lims, oru("WAITS"))
    eventually("the others are delivered", lambda: len(hospital.files("records")) == 5)
    hospital.broker.stop()
    text = hospital.text().replace("retention: {", "retention: {finished: 1s, ")
    hospital.broker = system.broker(text, hospital.ops).ready()
    eventually("what is finished is gone", lambda: not hospital.broker.trace("A1"), within=30)
    waits, = hospital.broker.trace("WAITS")
    equal(waits["destinations"][0]["state"], "Waiting", "what is not finished")
    equal(said(send(hospital.pas, adt("A1"))), "AA A1", "the answer to a repeat of a deleted message")
    equal(hospital.broker.trace("A1"), [], "which is no new message")


@scenario("damage: a value that the disk changed is counted, named, and shown; the rest is as it was")
def _(system):
    hospital = Hospital(system).start()
    stored(hospital, "A", 50)
    eventually("all are published", hospital.broker.all_published)
    for _ in range(2):  # what is in the log comes into table files at a start
        hospital.broker.stop()
        hospital.start()
    hospital.broker.stop(signal.SIGKILL)
    for table in sorted((system.folder / "data/store").glob("*.sst")):
        whole = bytearray(table.read_bytes())
        at = whole.find(b"MSH|")
        if at >= 0:
            whole[at + 1] ^= 1
            table.write_bytes(whole)
    hospital.start()
    list(hospital.broker.command("topic", "adt").stdout)
    send(hospital.pas, adt("NEW"))
    eventually("a new message is published", lambda: hospital.broker.trace("NEW") and hospital.broker.all_published())
    for number in range(50):
        hospital.broker.trace(f"A{number}")
    status = hospital.broker.status()
    check(status["damaged"] >= 1, f"status counts it: {status['damaged']}")
    check(hospital.broker.metrics()["tieline_store_damaged"] >= 1, "a metric counts it")
    told = [json.loads(line) for line in hospital.broker.output().splitlines() if '"store.damaged"' in line]
    check(told and ".sst" in told[0]["where"], f"the log names it: {told[:1]}")


@scenario("service: the unit is one that systemd takes, and hardened")
def _(system):
    text = (ROOT / "config/tieline.service").read_text().replace("/usr/bin/tieline", str(TIELINE))
    unit = system.write("tieline.service", text)
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False)
    equal((done.returncode, done.stdout + done.stderr), (0, ""), "systemd-analyze verify")
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", unit], capture_output=True, text=True, check=False,
                          env=os.environ | {"SYSTEMD_COLORS": "0"})
    equal(done.returncode, 0, f"exposure at most 2.0: {done.stdout[-200:]}")
    check("RestartPreventExitStatus=2" in text and "Restart=on-failure" in text, "the exit codes that it acts on")


if __name__ == "__main__":
    sys.exit(run())
