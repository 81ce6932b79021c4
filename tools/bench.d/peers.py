"""Runs sluice-bench beside the programs of other engines, in interleaved rounds, and prints medians and what the bar asks.

The other engines' programs are copied to CACHE and built there, when their folder is present; without them the engine is
measured beside the inline floor alone (the same work as one loop, by sluice-bench --engine inline). Ratios are of medians.
What the other engines' programs need is installed first, by apt-get, where that is allowed (--no-install leaves it out).
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

OURS, FLOOR = "sluice", "inline floor"
CHAIN_PEERS = ["tbb-pipeline", "tbb-flow-graph", "gst-direct", "gnuradio-strict"]
LATENCY = ["--block", "480", "--n", "16"]

# Debian packages, and the engine that needs them.
PACKAGES = {"GStreamer": ["libgstreamer1.0-dev", "libgstreamer-plugins-base1.0-dev", "gstreamer1.0-plugins-base",
                          "gstreamer1.0-plugins-good"],
            "GNU Radio": ["gnuradio-dev"], "oneTBB": ["libtbb-dev"], "JACK": ["libjack-jackd2-dev", "jackd2"]}
TOOLS = ["g++", "make", "pkg-config", "util-linux"]

# title, workload, arguments, peers, figure, what the bar asks of ours: ("floor", factor of it), ("value", most) or
# (a peer, factor of it)
ROWS = [
    *((f"copy node, B={block}: CPU ns a hop", "chain", ["--n", "16", "--block", str(block)], CHAIN_PEERS, "cpu_ns_per_hop",
       ("floor", factor)) for block, factor in ((64, 1.5), (512, 1.3), (4096, 1.05))),
    ("pass node, B=512: CPU ns a hop", "chain", ["--n", "16", "--block", "512", "--variant", "pass"], ["gst-pass-zero-copy"],
     "cpu_ns_per_hop", ("value", 15)),
    ("pass node beside GStreamer's: CPU ns a hop", "chain", ["--n", "16", "--block", "512", "--variant", "pass"],
     ["gst-pass-zero-copy"], "cpu_ns_per_hop", ("gst-pass-zero-copy", 0.1)),
    ("chain, B=512: us a block", "chain", ["--n", "16", "--block", "512"], ["tbb-pipeline"], "us_per_block", ("floor", 1 / 0.75)),
    ("fan 1-8-1, B=512: us a block", "fan", ["--n", "8", "--block", "512"], ["tbb-flow-graph", "gnuradio-strict"],
     "us_per_block", ("floor", 1 / 0.75)),
    ("latency p50, one island: us", "latency", LATENCY, ["tbb-pipeline", "gst-direct", "gnuradio-strict"], "lat_p50_us",
     ("value", 6)),
    ("latency p99, one island: us", "latency", LATENCY, ["tbb-pipeline", "gst-direct", "gnuradio-strict"], "lat_p99_us",
     ("value", 15)),
    ("latency p50, one border: us", "latency", [*LATENCY, "--cut", "8"], ["ref-part2"], "lat_p50_us", ("value", 20)),
    ("latency p99, one border: us", "latency", [*LATENCY, "--cut", "8"], ["ref-part2"], "lat_p99_us", ("value", 60)),
    ("latency p99, 2 busy threads, FIFO: us", "loaded", LATENCY, ["ref-part2", "gnuradio-strict"], "lat_p99_us", ("value", 60)),
    ("overload, sink 10 ms a block: p50 us", "overload", LATENCY, ["tbb-pipeline", "gst-direct", "gnuradio-strict"],
     "lat_p50_us", ("value", 30000)),
    ("idle, 100 blocks/s: cores", "latency", LATENCY, ["gst-direct", "gnuradio-strict"], "cpu_cores", ("value", 0.004)),
    ("load and check of 100 nodes: ms", "chain", ["--n", "98", "--block", "64"], [], "load_ms", ("value", 10)),
    ("text to first block, 100 nodes: ms", "chain", ["--n", "98", "--block", "64"], [], "first_block_ms", ("value", 50)),
]


def is_installed(package):
    query = subprocess.run(["dpkg-query", "-W", "-f", "${Status}", package], capture_output=True, text=True, check=False)
    return query.returncode == 0 and query.stdout.endswith(" installed")


def install_peers():
    """Installs what is missing, an engine at a time, so that one that cannot be had leaves the others."""
    for name, packages in {"the tools to build with": TOOLS, **PACKAGES}.items():
        missing = [package for package in packages if not is_installed(package)]
        if not missing:
            continue
        command = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", "install", "-y", "--no-install-recommends", "--no-remove",
                   *missing]
        print(f"Installing {name}: {' '.join(missing)} ...", file=sys.stderr)
        if os.geteuid() == 0:
            done = subprocess.run(command, capture_output=True, text=True, check=False,
                                  env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
            if done.returncode != 0:
                print(f"  could not: {(done.stderr.strip().splitlines() or ['apt-get failed'])[-1]}", file=sys.stderr)
        else:
            print(f"  that needs root: {' '.join(command)}", file=sys.stderr)


def absent_engines():
    return [f"{name} (packages {', '.join(missing)})" for name, packages in PACKAGES.items()
            if (missing := [package for package in packages if not is_installed(package)])]


def build_peers(folder, cache):
    """Contestants by id with their commands' paths, and the ids of those that could not be built."""
    if not (folder / "contestants.json").is_file():
        return {}, []
    shutil.copytree(folder, cache, dirs_exist_ok=True, ignore=shutil.ignore_patterns("bin", "results"))
    print("Building the other engines' programs ...", file=sys.stderr)
    subprocess.run(["make", "-k", "-C", cache], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    contestants = {entry["id"]: entry for entry in json.loads((cache / "contestants.json").read_text())}
    missing = [name for name, entry in contestants.items() if not (cache / entry["cmd"][0]).is_file()]
    return {name: entry for name, entry in contestants.items() if name not in missing}, missing


def last_json(command, cwd, timeout):
    """The line that a program prints, or None where it fails."""
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        return None
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    return json.loads(lines[-1]) if lines else None


class Rig:
    def __init__(self, options):
        self.bench, self.seconds, self.latency_seconds = options.bench, options.seconds, options.latency_seconds
        if Path(options.peers, "contestants.json").is_file() and not options.no_install:
            install_peers()
        self.cache = Path(options.cache)
        self.peers, self.missing = build_peers(Path(options.peers), self.cache)
        self.runs = {}  # (contestant, workload, arguments): lines
        self.errors = {}

    def contestants(self, row):
        floor = [FLOOR] if row[1] in ("chain", "fan", "latency") and row[4] not in ("load_ms", "first_block_ms") else []
        return [OURS, *floor, *(name for name in row[3] if name in self.peers)]

    def run_once(self, contestant, workload, arguments):
        seconds = self.latency_seconds if workload in ("latency", "loaded", "overload") else self.seconds
        window = ["--seconds", str(seconds), "--warmup", "0.2"]
        if contestant in (OURS, FLOOR):
            engine = ["--engine", "inline"] if contestant == FLOOR else []
            line = last_json([self.bench, "--workload", workload, *arguments, *engine, *window], None, seconds + 60)
        else:
            line = self.run_peer(self.peers[contestant], workload, arguments, window, seconds + 60)
        if line is None:
            return
        line["us_per_block"] = 1e6 / line["blocks_per_s"] if line["blocks_per_s"] else float("nan")
        self.runs.setdefault((contestant, workload, tuple(arguments)), []).append(line)
        self.errors[contestant] = self.errors.get(contestant, 0) + line["errors"] + line["join_errors"]

    def run_peer(self, entry, workload, arguments, window, timeout):
        """Their variants are engines of one kind each; `loaded` is their `latency` under FIFO beside a program that burns."""
        options = dict(zip(arguments[::2], arguments[1::2]))
        command = [*entry["cmd"], "--variant", entry["variant"], "--n", options["--n"], "--block", options["--block"], *window]
        if workload != "loaded":
            return last_json([*command, "--workload", workload], self.cache, timeout)
        with subprocess.Popen([self.cache / "bin/burn", str(timeout), "2"]) as burn:
            try:
                return last_json(["chrt", "-f", "20", *command, "--workload", "latency"], self.cache, timeout)
            finally:
                burn.kill()

    def round(self):
        wanted = {(row[1], tuple(row[2])): set() for row in ROWS}
        for row in ROWS:
            wanted[(row[1], tuple(row[2]))].update(self.contestants(row))
        for (workload, arguments), contestants in wanted.items():
            for contestant in sorted(contestants, key=lambda name: (name != FLOOR, name != OURS, name)):
                self.run_once(contestant, workload, list(arguments))

    def median(self, contestant, row):
        lines = self.runs.get((contestant, row[1], tuple(row[2])), [])
        return statistics.median(line[row[4]] for line in lines) if lines else None


def verdict(row, values):
    """What is asked, what was reached, and whether that is enough."""
    kind, most = row[5]
    ours, other = values[OURS], 1 if kind == "value" else values.get(FLOOR if kind == "floor" else kind)
    asked = f"<= {most:.3g}" + ("" if kind == "value" else f" x {'floor' if kind == 'floor' else kind}")
    if ours is None or not other:
        return asked, "-", "not measured"
    return asked, f"{ours / other:.3g}", "pass" if ours / other <= most else "MISS"


def print_verdicts(rig):
    print(f"\n{'row':45} {'asked':>30} {'reached':>9}  verdict")
    for row in ROWS:
        asked, reached, word = verdict(row, {name: rig.median(name, row) for name in rig.contestants(row)})
        print(f"{row[0]:45} {asked:>30} {reached:>9}  {word}")
    errors = rig.errors.get(OURS, 0)
    print(f"{'order and join errors':45} {'0':>30} {errors:>9}  {'MISS' if errors else 'pass'}")


def print_table(rig):
    for row in ROWS:
        values = {name: rig.median(name, row) for name in rig.contestants(row)}
        ours = values[OURS]
        print(f"\n{row[0]}")
        for name, value in values.items():
            ratio = f"  ours is {ours / value:.2f} x" if name != OURS and value and ours else ""
            print(f"  {name:18} {'failed' if value is None else format(value, '12.4g')}{ratio}")
    print("\nblocks out of order, lost or wrongly joined: " + ", ".join(f"{k} {v}" for k, v in sorted(rig.errors.items())))
    print_verdicts(rig)
    if not rig.peers:
        print("\nthe other engines' programs are not here: ours beside the inline floor only")
    elif absent := absent_engines():
        print("\nABSENT, not installed: " + "; ".join(absent))
    if rig.missing:
        print("ABSENT, their programs could not be built: " + ", ".join(rig.missing))


def main():
    parser = argparse.ArgumentParser(prog="tools/bench peers")
    parser.add_argument("--bench", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--peers", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--cache", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="one round of short runs")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, help="of each run; latencies take five times that")
    parser.add_argument("--no-install", action="store_true", help="measure beside what is there")
    options = parser.parse_args()
    seconds = options.seconds or (0.3 if options.quick else 1)
    options.seconds, options.latency_seconds = seconds, 5 * seconds
    os.makedirs(options.cache, exist_ok=True)
    rig = Rig(options)
    for number in range(1 if options.quick else options.rounds):
        rig.round()
        print(f"round {number + 1} done", file=sys.stderr)
    print_table(rig)
    sys.exit(1 if rig.errors.get(OURS, 0) else 0)


if __name__ == "__main__":
    main()
