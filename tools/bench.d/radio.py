#!/usr/bin/env python3
"""The radio's nodes in a graph, beside our classes called in a loop (radio_direct.cpp: what the engine adds) and beside bare
liquid-dsp (radio_liquid.cpp: the calls of framelink.cc, the receiver and the transmitter of fm.cc). Every program reads the same
kind of file, block by block, and drops what it makes. One estimate for all: what a whole process takes for the long file less
what it takes for the short one, so that starting is left out and reading is in.

    CPU          user and system seconds of the process; medians of interleaved rounds, and quartiles of each round's ratios
    instructions of the same processes, counted by valgrind (tools/setup peers): no noise; vectors and waits count as one

    radio.py --sluice build/bin/sluice --graphs graphs --peers ../shared/peers/radio/sdr --cache build/bench/radio [--rounds 15]
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
AIR_RATE, FM_RATE = 480_000, 1_200_000
SAMPLE = 8  # bytes
AIR_S, FM_S = {"short": 2, "long": 50}, {"short": 1, "long": 13}
COUNTED_SHARE = 4  # valgrind gets a quarter of the long files
# The same packets at the same rate as those of air_tx: as many samples between them as make its file's length.
FRAMELINK = ["mode=ofdm", f"npkt={AIR_S['long'] * 1000 // 24}", "fec0=g2412", "snr=15", "soft=1", "gap=0.765"]
CLASSES = ["ofdm_demodulator", "ofdm_equaliser", "ofdm_layout", "ofdm_synchroniser", "radio_assembler", "fec", "fm_demodulator",
           "fm_modulator", "kernels/channel_smoother", "kernels/crc", "kernels/frame_order", "kernels/iq_samples",
           "kernels/preamble_detector", "kernels/qam", "kernels/radio_header", "kernels/rds", "kernels/viterbi"]


@dataclass
class Row:
    name: str
    nodes: str  # of the graph, FILE for its file
    work: str  # of radio_direct, and of radio_liquid
    file: str
    theirs: str = ""  # liquid's file, none where liquid has no such thing


ROWS = [
    Row("receive OFDM, to soft bits", "iq.file_read(FILE, rate=480 kHz) -> sdr.ofdm_rx", "ofdm", "air.cf32"),
    Row("receive OFDM, Golay, to packets", "iq.file_read(FILE, rate=480 kHz) -> sdr.ofdm_rx -> sdr.depacketize(rate=48000)",
        "link", "air.cf32", "link.cf32"),
    Row("receive FM stereo and RDS", "iq.file_read(FILE, rate=1.2 MHz) -> sdr.fm_rx", "fm_rx", "fm.cf32", "fm.cf32"),
    Row("send FM stereo and RDS", "file.read(FILE) -> sdr.fm_tx(rate=1.2 MHz)", "fm_tx", "sound.wav", "sound.wav"),
]


def run(*command, cwd):
    result = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{command[0]} failed: {result.stderr.strip()[-300:]}")
    return result.stderr


def build(peers, cache):
    """Ours with the flags of the release build, theirs as their comments say."""
    run("g++", "-O2", "-DNDEBUG", "-std=c++23", "-ffp-contract=off", "-I", ROOT, "-o", cache / "radio_direct",
        ROOT / "tools/bench.d/radio_direct.cpp", *(ROOT / f"nodes/sdr/{name}.cpp" for name in CLASSES),
        "-lliquid", "-lfec", "-lsndfile", cwd=cache)
    theirs = ["g++", "-O2", "-std=c++17", "-w", "-o"]
    run(*theirs, cache / "radio_liquid", f'-DPEER_FM="{peers / "fm.cc"}"', ROOT / "tools/bench.d/radio_liquid.cpp",
        "-lliquid", "-lsndfile", "-lm", cwd=cache)
    run(*theirs, cache / "framelink", peers / "framelink.cc", "-lliquid", "-lm", cwd=cache)


def cut(cache, name, lengths, rate):
    """The first so many seconds of a file of samples, as `length-name`."""
    for length, seconds in lengths.items():
        with open(cache / name, "rb") as whole, open(cache / f"{length}-{name}", "wb") as part:
            for _ in range(seconds):
                part.write(whole.read(rate * SAMPLE))


def prepare(sluice, graphs, cache):
    """The same sound for all, and the samples to be received, long, short, and long enough to be counted."""
    for name, seconds in [("sound.wav", AIR_S["long"]), *((f"{length}-sound.wav", s) for length, s in fm_lengths().items())]:
        run(sluice, "run", "-e", f"tune(duration={seconds} s, rate=48 kHz) -> file.write({name})", cwd=cache)
    run(sluice, "run", "-e", "file.read(sound.wav) -> mp3.encode(bitrate=128, info_tag=false) -> file.write(test.mp3)", cwd=cache)
    run(sluice, "run", graphs / "air_tx.yaml", "--set", "in=sound.wav", "--set", "fec=golay", "--set", "depth=1", "--replace",
        "air=sdr.channel(snr=15 dB, occupied=0.78) -> iq.file_write(air.cf32)", cwd=cache)
    run(cache / "framelink", *FRAMELINK, "in=test.mp3", "rxiq=link.cf32", cwd=cache)
    run(sluice, "run", graphs / "fm_tx.yaml", "--set", "in=long-sound.wav", "--set", "out=fm.cf32", cwd=cache)
    for name in ("air.cf32", "link.cf32"):
        cut(cache, name, air_lengths(), AIR_RATE)
    cut(cache, "fm.cf32", fm_lengths(), FM_RATE)


def air_lengths():
    return AIR_S | {"counted": AIR_S["long"] // COUNTED_SHARE}


def fm_lengths():
    return FM_S | {"counted": FM_S["long"] // COUNTED_SHARE}


def programs(row, sluice, cache):
    """Command lines with FILE in them: the graph, our classes, liquid."""
    graph = [str(sluice), "run", "-e", row.nodes + " -> discard"]
    ours = [[*graph, row.file], [str(cache / "radio_direct"), row.work, "FILE", row.file]]
    return ours + ([[str(cache / "radio_liquid"), row.work, "FILE", row.theirs]] if row.theirs else [])


def cpu(command, cache):
    """User and system seconds of a process."""
    process = subprocess.Popen(command, cwd=cache, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"failed: {' '.join(command)}")
    return usage.ru_utime + usage.ru_stime


def instructions(command, cache):
    said = run("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", *command, cwd=cache)
    return int(re.search(r"I\s+refs:\s+([\d,]+)", said)[1].replace(",", ""))


def samples(cache, name, lengths):
    """By which the longer of two files of a name is longer; of sound: what it becomes on the air."""
    sizes = [(cache / f"{length}-{name}").stat().st_size for length in lengths]
    return (sizes[1] - sizes[0]) / (4 * 48000 / FM_RATE if name.endswith(".wav") else SAMPLE)


def slope(measure, program, lengths, cache):
    """What a million samples more take of it."""
    *command, name = program
    took = [measure([part.replace("FILE", f"{length}-{name}") for part in command], cache) for length in lengths]
    return (took[1] - took[0]) / samples(cache, name, lengths) * 1e6


def quartiles(values):
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return middle, f"{middle:.2f} ({low:.2f} .. {high:.2f})"


def percents(values):
    low, middle, high = statistics.quantiles([100 * (value - 1) for value in values], n=4, method="inclusive")
    return f"{middle:+.1f} % ({low:+.1f} .. {high:+.1f})"


def tell_cpu(works, rounds, cache):
    took = {row.name: [] for row, _ in works}
    for turn in range(rounds):
        for row, commands in works:
            order = list(enumerate(commands))
            seconds = dict((k, slope(cpu, command, ("short", "long"), cache)) for k, command in (order if turn % 2 else order[::-1]))
            took[row.name].append([seconds[k] for k in range(len(commands))])
    print(f"CPU, {rounds} rounds, medians; of ratios (quartiles)")
    print(f"{'million samples a second':32} {'sluice':>8} {'classes':>8} {'liquid':>8}  {'sluice : liquid':22} the engine adds")
    for name, measured in took.items():
        speeds = [1 / statistics.median(column) for column in zip(*measured)]
        cells = " ".join(f"{speed:8.1f}" for speed in speeds) + " " * 9 * (3 - len(speeds))
        ratio = quartiles([row[2] / row[0] for row in measured])[1] if len(speeds) == 3 else ""
        print(f"{name:32} {cells}  {ratio:22} {percents([row[0] / row[1] for row in measured])}")


def tell_instructions(works, cache):
    if shutil.which("valgrind") is None:
        print("\ninstructions: SKIPPED, valgrind is not installed (tools/setup peers)")
        return
    lengths = ("short", "counted")
    print("\ninstructions, by valgrind; the engine adds: to all, and to all but reading the file")
    print(f"{'a sample':32} {'sluice':>8} {'classes':>8} {'liquid':>8}  {'sluice : liquid':22} the engine adds")
    read = slope(instructions, [str(cache / "radio_direct"), "read", "FILE", "air.cf32"], lengths, cache)
    for row, commands in works:
        took = [slope(instructions, command, lengths, cache) for command in commands]
        cells = " ".join(f"{each / 1e6:8.1f}" for each in took) + " " * 9 * (3 - len(took))
        ratio = f"{took[2] / took[0]:.2f}" if len(took) == 3 else ""
        added, rest = took[0] - took[1], took[1] - (read if row.file.endswith(".cf32") else 0)
        print(f"{row.name:32} {cells}  {ratio:22} {100 * added / took[1]:+.2f} % {100 * added / rest:+.2f} %")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("sluice", "graphs", "peers", "cache"):
        parser.add_argument("--" + name, type=lambda text: Path(text).resolve(), required=True)
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    if not arguments.peers.is_dir():
        sys.exit(f"the peers' programs are not there: {arguments.peers}")
    build(arguments.peers, arguments.cache)
    prepare(arguments.sluice, arguments.graphs, arguments.cache)
    works = [(row, programs(row, arguments.sluice, arguments.cache)) for row in ROWS]
    tell_cpu(works, arguments.rounds, arguments.cache)
    tell_instructions(works, arguments.cache)


if __name__ == "__main__":
    main()
