"""What the engine costs the encoder: sluice-mp3 (the graph) beside mp3-direct (the same kernels called in a loop, with the
same reading and writing). The bytes must be equal. What each takes for a tenth of a second of sound (its start) is subtracted.

    CPU           user and system seconds of the process, interleaved runs; the ratio of each two neighbours
    instructions  of the same processes, counted by valgrind (tools/setup peers): no noise; vectors and waits count as one
"""

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import mp3_speed

COUNTED_SECONDS = 30


def instructions(command):
    counter = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    told = subprocess.run([*counter, *command], capture_output=True, text=True, check=True).stderr
    return int(re.search(r"I\s+refs:\s+([\d,]+)", told)[1].replace(",", ""))


def main():
    parser = argparse.ArgumentParser(prog="tools/bench mp3-overhead")
    parser.add_argument("--encoder", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--direct", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--cache", required=True, help=argparse.SUPPRESS)
    parser.add_argument("programme", nargs="?", type=Path, help="a 16-bit WAV file")
    parser.add_argument("--kbps", default="128")
    parser.add_argument("--reps", type=int, default=31)
    options = parser.parse_args()

    programme = mp3_speed.programme_of(options)
    commands = {"graph": [options.encoder, "-S", "-t", "-b", options.kbps], "direct": [options.direct, options.kbps]}
    with tempfile.TemporaryDirectory() as folder:
        encode = lambda name, source: [*commands[name], str(source), f"{folder}/{name}.mp3"]
        part = {}
        for name, seconds in (("moment", 0.1), ("counted", COUNTED_SECONDS)):
            part[name] = f"{folder}/{name}.wav"
            subprocess.run(["sox", str(programme), part[name], "trim", "0", str(seconds)], check=True)
        start = {name: statistics.median(mp3_speed.cpu_seconds(encode(name, part["moment"])) for _ in range(options.reps)) for name in commands}
        pairs = []
        for rep in range(options.reps):
            order = list(commands) if rep % 2 == 0 else list(reversed(commands))
            took = {name: mp3_speed.cpu_seconds(encode(name, programme)) - start[name] for name in order}
            pairs.append(took)
        same = Path(folder, "graph.mp3").read_bytes() == Path(folder, "direct.mp3").read_bytes()
        counted = None
        if shutil.which("valgrind"):
            counted = {name: instructions(encode(name, part["counted"])) - instructions(encode(name, part["moment"])) for name in commands}

    percent = lambda took: 100 * (took["graph"] / took["direct"] - 1)
    low, middle, high = statistics.quantiles((percent(took) for took in pairs), n=4)
    print(f"{programme.name} at {options.kbps} kbit/s; the engine adds")
    print(f"  CPU           {middle:+.1f} %, median of {options.reps} pairs (quartiles {low:+.1f}, {high:+.1f}); direct "
          f"{statistics.median(took['direct'] for took in pairs):.4f} s")
    if counted:
        print(f"  instructions  {percent(counted):+.1f} %; direct {counted['direct'] / 1e6:.1f} million for {COUNTED_SECONDS} s of sound")
    else:
        print("  instructions  SKIPPED: valgrind is not installed (tools/setup peers)")
    if not same:
        sys.exit("the graph and the direct calls give different bytes")


if __name__ == "__main__":
    main()
