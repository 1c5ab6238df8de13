"""Conversion of one message on one thread, beside LinuxForHealth's converter in the same run; called by bench/run.sh convert."""
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = Path(os.environ.get("TIELINE_BUILD", ROOT / "build"))
MESSAGE, PEER = ROOT / "bench" / "adt_a01.hl7", ROOT / "bench" / "peer"
WARM, SECONDS = 20, 6


def figures(*command):
    """What a program prints, a `name value` line each."""
    text = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout
    return {name: float(value) for name, value in (line.split() for line in text.splitlines())}


def peer(folder):
    """LinuxForHealth's converter, warmed up."""
    jars = subprocess.run([ROOT / "tests/jars.sh", PEER / "pom.xml", "camel"], check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run(["javac", "-cp", f"{jars}/*", "-d", folder, PEER / "Convert.java"], check=True)
    return figures("java", "-Xmx2g", "-cp", f"{folder}:{jars}/*", "-Dorg.slf4j.simpleLogger.defaultLogLevel=off", "Convert",
                   MESSAGE, WARM, SECONDS)


def measure(folder, say):
    """Tieline before and after the peer, the mean counts: how many times as many messages a second, and how many RapidJSONs one is."""
    own = [figures(BUILD / "bench" / "bench_convert", MESSAGE)]
    other = peer(folder)
    own.append(figures(BUILD / "bench" / "bench_convert", MESSAGE))
    mean = {name: sum(run[name] for run in own) / len(own) for name in own[0]}
    say("convert  parse {parse_us:.2f} us  map {map_us:.2f} us  write {write_us:.2f} us  together {all_us:.2f} us  {messages_s:.0f} msg/s  "
        "{in_bytes:.0f} bytes in, {out_bytes:.0f} out".format(**mean))
    say("convert  RapidJSON writes the same Bundle in {rapidjson_us:.2f} us, {rapidjson_gb_s:.2f} GB/s: all of it takes "
        "{all_of_rapidjson:.2f} times as long".format(**mean))
    say("convert  LinuxForHealth {messages_s:.0f} msg/s, {out_bytes:.0f} bytes out".format(**other))
    return mean["messages_s"] / other["messages_s"]


def verdict(folder, say):
    """(name, value, limit, whether it is a least value), as measure.py's."""
    return "convert_of_peer", measure(folder, say), 100, True


def main():
    folder = BUILD / "scratch" / "bench-convert"
    folder.mkdir(parents=True, exist_ok=True)
    name, value, limit, _ = verdict(folder, lambda text: print(text, flush=True))
    passed = value >= limit
    print(f"{name} {value:.3g} >={limit} {'PASS' if passed else 'FAIL'}")
    return 0 if passed or "--check" not in sys.argv else 1


if __name__ == "__main__":
    sys.exit(main())
