#!/usr/bin/env python3
"""Sends transactions to Helios, a FHIR server with SQLite inside that we did not write, and reads back. Not part of CI: compiling it takes long.

Usage: helios.py [FILES_OR_FOLDERS...]     HL7 v2 messages to send beside the demo's; TIELINE_BUILD names another build folder
Installs helios-hfs with cargo the first time (a quarter of an hour on two cores), into ~/.cache/tieline/helios; HELIOS names an `hfs` that is there.
Exit: 0 every transaction was taken, twice, nothing doubled, and what was read back is the demo's patient; 1 something was not so.
"""
import collections
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from integration.validate import BUILD, messages  # noqa: E402
from support.system import free_ports, http  # noqa: E402

VERSION = "0.2.7"
JSON = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}


def installed():
    """The server's program, compiled when it is not there."""
    if "HELIOS" in os.environ:
        return os.environ["HELIOS"]
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "tieline/helios"
    if not (home / "bin/hfs").exists():
        env = os.environ | {"CARGO_PROFILE_RELEASE_LTO": "off", "CARGO_PROFILE_RELEASE_OPT_LEVEL": "1"}
        subprocess.run(["cargo", "install", "helios-hfs", "--version", VERSION, "--locked", "--root", home], env=env, check=True)
    return home / "bin/hfs"


def started(program, folder):
    """The running server and its base."""
    port, = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    env = os.environ | {"HFS_BASE_URL": url, "HFS_UI_ENABLED": "false", "DATABASE_URL": f"{folder}/fhir.db", "HFS_DATA_DIR": str(folder)}
    with open(folder / "hfs.log", "wb") as log:
        running = subprocess.Popen([program, "--host", "127.0.0.1", "--port", str(port)], cwd=folder, env=env, stdout=log, stderr=log)
    for _ in range(600):
        try:
            if http("GET", url + "/metadata", timeout=5)[0] == 200:
                return running, url
        except OSError:
            pass
        if running.poll() is not None:
            break
        time.sleep(0.1)
    running.kill()
    sys.exit("helios.py: the server did not start:\n" + (folder / "hfs.log").read_text()[-2000:])


def transactions(places):
    """[(name, transaction)] of every message, as `tieline convert` makes it."""
    lines = "".join(json.dumps({"id": name, "message": text.decode()}) + "\n" for name, text in messages(places))
    done = subprocess.run([BUILD / "tieline", "convert", "--batch", "--as", "transaction"], input=lines, capture_output=True, text=True)
    made = [json.loads(line) for line in done.stdout.splitlines()]
    return [(one["id"], one["bundle"]) for one in made if "bundle" in one]


def post(url, made):
    """Posts each; gives the names of those that were not taken."""
    refused = []
    for name, bundle in made:
        status, _, body = http("POST", url, json.dumps(bundle), JSON, timeout=60)
        taken = status == 200 and all(one["response"]["status"][:1] == "2" for one in json.loads(body)["entry"])
        print(f"{'taken' if taken else 'NOT TAKEN'}  {name}: {status}, {len(bundle['entry'])} entries" + ("" if taken else f"\n{body[:1500]}"))
        refused += [] if taken else [name]
    return refused


def found(url, kind):
    """All of a type. As cargo installs it the server knows no search parameters but ids, so what it has is looked through here."""
    body = http("GET", f"{url}/{kind}?_count=500", headers=JSON)[2]
    return [entry["resource"] for entry in json.loads(body).get("entry", []) if entry["resource"]["resourceType"] == kind]


def main():
    if any(word.startswith("-") for word in sys.argv[1:]):
        sys.exit(__doc__)
    made = transactions([*sorted((ROOT / "config/demo").glob("*.hl7")), *sys.argv[1:]])
    kinds = sorted({entry["resource"]["resourceType"] for _, bundle in made for entry in bundle["entry"]})
    with tempfile.TemporaryDirectory() as folder:
        running, url = started(installed(), Path(folder))
        try:
            faults = post(url, made)
            once = {kind: sorted(one["id"] for one in found(url, kind)) for kind in kinds}
            print("read back:", dict(collections.Counter({kind: len(ids) for kind, ids in once.items()})))
            faults += post(url, made)
            faults += [f"{kind} doubled" for kind in kinds if sorted(one["id"] for one in found(url, kind)) != once[kind]]
            patient = [one for one in found(url, "Patient") if any(of["value"] == "HOSP10042" for of in one.get("identifier", []))]
            stays, results = ([one for one in found(url, kind) if patient and one["subject"]["reference"] == f"Patient/{patient[0]['id']}"]
                              for kind in ("Encounter", "Observation"))
            if (len(patient), len(stays), len(results)) != (1, 1, 3):
                faults.append(f"the demo's patient: {len(patient)} patients, {len(stays)} encounters, {len(results)} observations")
        finally:
            running.terminate()
            running.wait(30)
    print("\n".join(f"FAULT  {one}" for one in faults) or f"all {len(made)} transactions taken twice, nothing doubled; one patient, one encounter, three observations")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
