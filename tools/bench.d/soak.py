"""Runs the radio graph for minutes on a generated tone in real time and watches what must not grow.

Prints memory and CPU every half minute, then the latency and the counts of the run. Exit status 1 when the run failed, or when
resident memory grew after the first minute by more than GROWTH_MIB.
"""

import argparse
import json
import os
import subprocess
import sys
import time

GROWTH_MIB = 4.0  # pages of the C library's arenas that threads touch late; a leak of one frame a second passes it in 3 hours
SETTLED_S = 60


def resident_mib(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser(prog="tools/bench soak")
    parser.add_argument("--sluice", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--graph", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--minutes", type=float, default=10)
    options = parser.parse_args()

    duration = options.minutes * 60
    process = subprocess.Popen([options.sluice, "run", options.graph, "--replace", "mic=tone -> pace", "--set", "port=0",
                                "--for", f"{duration:.0f}s", "--json"], stdout=subprocess.PIPE, text=True)
    start = time.monotonic()
    settled = None
    last = 0.0
    while True:
        try:
            process.wait(timeout=min(30, duration / 4))
            break
        except subprocess.TimeoutExpired:
            elapsed, last = time.monotonic() - start, resident_mib(process.pid)
            if settled is None and elapsed >= min(SETTLED_S, duration / 4):
                settled = last
            print(f"{elapsed:7.0f} s  resident {last:7.1f} MiB  CPU {100 * cpu_seconds(process.pid) / elapsed:5.2f} %", flush=True)
    output = process.stdout.read()
    if process.returncode != 0:
        sys.exit(f"sluice run ended with {process.returncode}")

    result = json.loads(output)
    for name, sink in result["sinks"].items():
        print(f"{name}: latency {sink['latency_ms']} ms, {sink['blocks']} blocks, {sink['late']} late, {sink['shed']} shed")
    growth = last - (settled if settled is not None else last)
    print(f"xruns {result['xruns']}, resident memory grew by {growth:.1f} MiB after it settled")
    sys.exit(1 if growth > GROWTH_MIB else 0)


if __name__ == "__main__":
    main()
