"""What it costs to see: the same graphs without counts and with them, traced and recorded.

`none` is a run of which nothing is taken (sluice-bench --sight none); `counts` is every run: blocks, run times, the age of
each block at a sink. Two ways, since the cost is less than what two runs of one program differ by:

- Instructions, which no neighbour moves: callgrind counts those of two runs of different length, so that starting cancels
  out. The program's clock is slowed down as much as the program is (slow_clock.cpp), so that what is done once in a
  millisecond is done for as many blocks as without callgrind. A read of the clock is few instructions and much time: reads
  are counted, and their time is measured here. (It takes a longer one under callgrind: calls look longer, and are timed a
  little more often than in earnest.)
- CPU time: one run takes counts and takes none by turns of 10 ms, in the order none, counts, counts, none (sluice-bench
  --sight alternate): two processes differ by more than counting costs. Of each four slices one ratio, of each run their
  median, of some runs the mean and its standard error. `control` is measured alike while counts are taken all the time.
"""

import argparse
import ctypes
import json
import math
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

GRAPHS = {
    "chain, 16 copy nodes, B=64": ["--workload", "chain", "--n", "16", "--block", "64"],
    "chain, 16 copy nodes, B=512": ["--workload", "chain", "--n", "16", "--block", "512"],
    "MP3 encoder, B=1152": ["--workload", "encode", "--block", "1152"],
}
MOST_FOR_COUNTS = 1.01
SHORT, LONG = 1.0, 4.0  # seconds under callgrind
FEW_ROUNDS = 5  # for what costs several times as much


def run(bench, graph, sight, seconds, around=(), env=None):
    command = [*around, bench, *graph, "--sight", sight, "--seconds", str(seconds), "--warmup", "0.05"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 300, check=True,
                          env={**os.environ, **(env or {})})
    return json.loads(done.stdout), done.stderr


def cpu_ns(bench, graph, sight, seconds):
    return run(bench, graph, sight, seconds)[0]["cpu_ns_per_hop"]


class Instructions:
    """Instructions and reads of the clock, by callgrind."""

    def __init__(self, bench, folder):
        self.bench = bench
        self.callgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/callgrind.out"]
        self.clock = str(Path(folder) / "slow_clock.so")
        source = Path(__file__).with_name("slow_clock.cpp")
        subprocess.run(["c++", "-std=c++20", "-O2", "-shared", "-fPIC", source, "-o", self.clock], check=True)
        cost = ctypes.CDLL(self.clock).read_cost_ns
        cost.restype = ctypes.c_double
        self.read_ns = min(cost() for _ in range(20))

    def count(self, graph, sight, seconds, slow):
        """Blocks, instructions and reads of one run."""
        line, told = run(self.bench, graph, sight, seconds, self.callgrind, {"LD_PRELOAD": self.clock, "SLOW_CLOCK": str(slow)})
        reads = max(int(number) for number in re.findall(r"clock reads: (\d+)", told))
        return line["all_blocks"], int(re.search(r"Collected : (\d+)", told)[1]), reads

    def per_block(self, graph, sight, slow):
        short, long = self.count(graph, sight, SHORT, slow), self.count(graph, sight, LONG, slow)
        blocks = long[0] - short[0]
        return [(most - least) / blocks for least, most in zip(short[1:], long[1:])]

    @staticmethod
    def cpu_per_block(line):
        return line["cpu_cores"] * 1e9 / line["blocks_per_s"]  # ns

    def row(self, graph):
        plain = statistics.median(self.cpu_per_block(run(self.bench, graph, "none", 0.3)[0]) for _ in range(5))
        slow = self.cpu_per_block(run(self.bench, graph, "none", SHORT, self.callgrind)[0]) / plain
        (without, few), (counted, many) = (self.per_block(graph, sight, slow) for sight in ("none", "counts"))
        reading = (many - few) * self.read_ns / plain
        more = counted / without - 1
        return f"{without:10.0f} {counted:10.0f} {100 * more:8.2f} % {many - few:10.4f} {100 * reading:8.2f} % {slow:10.0f}"


def print_instructions(bench):
    with tempfile.TemporaryDirectory() as folder:
        counter = Instructions(bench, folder)
        print(f"instructions a block, by callgrind; a read of the clock takes {counter.read_ns:.1f} ns\n"
              f"{'':30}{'none':>10} {'counts':>10} {'more':>10} {'reads more':>10} {'of time':>10} {'slowed by':>10}")
        for name, graph in GRAPHS.items():
            print(f"{name:30}{counter.row(graph)}", flush=True)


def verdict(mean, error):
    if mean + 2 * error <= MOST_FOR_COUNTS:
        return "pass"
    return "MISS" if mean - 2 * error > MOST_FOR_COUNTS else "not resolved"


def by_turns(options, graph, sight):
    """Mean of the runs' medians, and its standard error."""
    medians = []
    for _ in range(options.rounds):
        line, _ = run(options.bench, graph, sight, options.slices)
        medians.append(statistics.median(line["counts_over_none"]))
    return statistics.mean(medians), statistics.stdev(medians) / math.sqrt(len(medians))


def counts_row(options, graph):
    counts, control = (by_turns(options, graph, sight) for sight in ("alternate", "control"))
    return "".join(f"{mean:10.4f} +- {error:.4f}" for mean, error in (counts, control)) + f"   {verdict(*counts)}"


def dear_row(options, graph):
    ratios = {"trace": [], "record": []}
    for _ in range(FEW_ROUNDS):
        none = cpu_ns(options.bench, graph, "none", options.seconds)
        for sight, taken in ratios.items():
            taken.append(cpu_ns(options.bench, graph, sight, options.seconds) / none)
    return "".join(f"{statistics.median(taken):10.3f}" for taken in ratios.values())


def main():
    parser = argparse.ArgumentParser(prog="tools/bench sight")
    parser.add_argument("--bench", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=10, help="runs that take counts by turns, of each graph")
    parser.add_argument("--slices", type=float, default=4, help="seconds of each of them")
    parser.add_argument("--seconds", type=float, default=0.5, help="of each run that is traced or recorded")
    options = parser.parse_args()
    if options.rounds < 2:
        parser.error("--rounds: at least 2")
    if options.slices < 0.2:
        parser.error("--slices: at least 0.2 s, some four slices")
    if shutil.which("valgrind"):
        print_instructions(options.bench)
    else:
        print("instructions: not counted, valgrind is not installed", file=sys.stderr)
    print(f"\nCPU time with counts over without, at most {MOST_FOR_COUNTS} asked; {options.rounds} runs of {options.slices:g} s\n"
          f"{'':30}{'counts':>13}{'control':>21}")
    for name, graph in GRAPHS.items():
        print(f"{name:30}{counts_row(options, graph)}", flush=True)
    print(f"\nCPU time beside none, medians of {FEW_ROUNDS}\n{'':30}{'trace':>10}{'record':>10}")
    for name, graph in GRAPHS.items():
        print(f"{name:30}{dear_row(options, graph)}", flush=True)


if __name__ == "__main__":
    main()
