"""What it costs to see: the same graphs without counts, with them, traced and recorded, in interleaved rounds.

`none` is a run of which nothing is taken (sluice-bench --sight none); `counts` is every run: blocks, run times, the age of
each block at a sink. Ratios are medians over rounds of ratios to the `none` of the same round, of CPU time per block.
"""

import argparse
import json
import statistics
import subprocess
import sys

GRAPHS = {
    "chain, 16 copy nodes, B=64": ["--workload", "chain", "--n", "16", "--block", "64"],
    "chain, 16 copy nodes, B=512": ["--workload", "chain", "--n", "16", "--block", "512"],
    "MP3 encoder, B=1152": ["--workload", "encode", "--block", "1152"],
}
SIGHTS = ["none", "counts", "trace", "record"]
MOST_FOR_COUNTS = 1.01


def cpu_ns(bench, graph, sight, seconds):
    done = subprocess.run([bench, *graph, "--sight", sight, "--seconds", str(seconds), "--warmup", "0.1"], capture_output=True,
                          text=True, timeout=seconds + 120, check=True)
    return json.loads(done.stdout)["cpu_ns_per_hop"]


def main():
    parser = argparse.ArgumentParser(prog="tools/bench sight")
    parser.add_argument("--bench", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=0.5, help="of each run")
    options = parser.parse_args()
    ratios = {(graph, sight): [] for graph in GRAPHS for sight in SIGHTS}
    for number in range(options.rounds):
        for name, graph in GRAPHS.items():
            order = SIGHTS if number % 2 else SIGHTS[::-1]
            taken = {sight: cpu_ns(options.bench, graph, sight, options.seconds) for sight in order}
            for sight in SIGHTS:
                ratios[name, sight].append(taken[sight] / taken["none"])
        print(f"round {number + 1} done", file=sys.stderr)
    print(f"{'CPU time beside a run of which nothing is taken':48}" + "".join(f"{sight:>10}" for sight in SIGHTS[1:]))
    for name in GRAPHS:
        print(f"{name:48}" + "".join(f"{statistics.median(ratios[name, sight]):10.3f}" for sight in SIGHTS[1:]))
    counts = max(statistics.median(ratios[name, "counts"]) for name in GRAPHS)
    print(f"counts: at most {MOST_FOR_COUNTS} asked, {counts:.3f} reached: {'pass' if counts <= MOST_FOR_COUNTS else 'MISS'}")


if __name__ == "__main__":
    main()
