"""What the engine costs the encoder: user CPU of sluice-mp3 (the graph) over that of mp3-direct (the same kernels called in
a loop, with the same reading and writing). Runs are interleaved, and what each takes for a tenth of a second of sound
(its start) is subtracted. The bytes must be equal.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import mp3_speed


def main():
    parser = argparse.ArgumentParser(prog="tools/bench mp3-overhead")
    parser.add_argument("--encoder", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--direct", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--cache", required=True, help=argparse.SUPPRESS)
    parser.add_argument("programme", nargs="?", type=Path, help="a 16-bit WAV file")
    parser.add_argument("--kbps", default="128")
    parser.add_argument("--reps", type=int, default=15)
    options = parser.parse_args()

    programme = options.programme or Path(options.cache, "programme.wav")
    if not programme.exists():
        programme.parent.mkdir(parents=True, exist_ok=True)
        mp3_speed.make_programme(programme)
    with tempfile.TemporaryDirectory() as folder:
        moment = f"{folder}/moment.wav"
        subprocess.run(["sox", str(programme), moment, "trim", "0", "0.1"], check=True)
        commands = {"graph": [options.encoder, "-S", "-t", "-b", options.kbps], "direct": [options.direct, options.kbps]}
        runs = {(name, source): [] for name in commands for source in (str(programme), moment)}
        for _ in range(options.reps):
            for name, source in runs:
                user, _ = mp3_speed.user_seconds([*commands[name], source, f"{folder}/{name}.mp3"], None)
                runs[name, source].append(user)
        for name, command in commands.items():
            subprocess.run([*command, str(programme), f"{folder}/{name}.mp3"], check=True)
        same = Path(folder, "graph.mp3").read_bytes() == Path(folder, "direct.mp3").read_bytes()

    print(f"{programme.name} at {options.kbps} kbit/s, user CPU, {options.reps} interleaved runs")
    for what, of in (("least", min), ("median", statistics.median)):
        took = {name: of(runs[name, str(programme)]) - of(runs[name, moment]) for name in commands}
        print(f"  {what:7} graph {took['graph']:.4f} s  direct {took['direct']:.4f} s  the engine takes"
              f" {100 * (took['graph'] / took['direct'] - 1):+.1f} %")
    if not same:
        sys.exit("the graph and the direct calls give different bytes")


if __name__ == "__main__":
    main()
