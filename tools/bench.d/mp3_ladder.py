"""CPU time of graphs/mp3_ladder.yaml, three bitrates from one analysis, beside each of its bitrates encoded alone by the
same nodes, runs interleaved. Each stream must have the bytes of its encoding alone.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import mp3_speed

BITRATES = {64: "low", 128: "middle", 320: "high"}


def alone(programme, kbps, out):
    """The graph's nodes with one bitrate."""
    return (f"file.read('{programme}', block=100 ms) -> mp3.filterbank(mode=auto) -> mp3.mdct -> mp3.psychoacoustics(compand=true)"
            f" -> mp3.quantize(bitrate={kbps}, join_interval=0 s) -> mp3.bitstream -> file.write('{out}')")


def main():
    parser = argparse.ArgumentParser(prog="tools/bench mp3-ladder")
    parser.add_argument("--sluice", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--cache", required=True, help=argparse.SUPPRESS)
    parser.add_argument("programme", nargs="?", type=Path, help="a 16-bit WAV file")
    parser.add_argument("--reps", type=int, default=11)
    options = parser.parse_args()
    programme = mp3_speed.programme_of(options)

    with tempfile.TemporaryDirectory() as folder:
        commands = {"all three": [options.sluice, "run", "mp3_ladder", "--set", f"in={programme}", "--set", f"out={folder}/all"]}
        for kbps in BITRATES:
            commands[f"{kbps} alone"] = [options.sluice, "run", "-e", alone(programme, kbps, f"{folder}/{kbps}.mp3")]
        runs = {name: [] for name in commands}
        for _ in range(options.reps):
            for name, command in commands.items():
                runs[name].append(mp3_speed.cpu_seconds(command))
        differ = [kbps for kbps in BITRATES if Path(folder, f"all.{kbps}.mp3").read_bytes() != Path(folder, f"{kbps}.mp3").read_bytes()]

    print(f"{programme.name}: CPU time, user and system, of {options.reps} interleaved runs; all three cost")
    for estimate, of in (("least", min), ("median", statistics.median)):
        seconds = {name: of(times) for name, times in runs.items()}
        three = seconds.pop("all three")
        ratios = ", ".join(f"{three / one:.2f} x the {name}" for name, one in seconds.items())
        print(f"  {estimate:7} {three:.3f} s: {ratios}, {three / statistics.mean(seconds.values()):.2f} x their mean, "
              f"{three / sum(seconds.values()):.2f} x their sum")
    if differ:
        sys.exit(f"other bytes than alone: {differ}")


if __name__ == "__main__":
    main()
