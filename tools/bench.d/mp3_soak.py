#!/usr/bin/env python3
"""Hours of changing sound through the encoder at full speed: memory must stay flat, and mp3scope find every frame whole.

The programme is eight seconds of tones, silence, noise, clicks, constants, clipping and odd numbers in pieces of odd length,
over and over; its length is no whole number of frames, so that no two rounds are the same. Exit status 1 when the run failed,
memory grew, or the stream has a fault.
"""

import argparse
import array
import itertools
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random

RATE = 44100
ROUND_S = 8.3
GROWTH_MIB = 2.0


def tones(random):
    """A chord with peaks near 1, by two recursions a sample and tone."""
    voices = [[0.0, math.sin(w), 2 * math.cos(w)] for w in (2 * math.pi * random.uniform(60, 15000) / RATE for _ in range(3))]
    while True:
        total = 0.0
        for voice in voices:
            voice[0], voice[1] = voice[1], voice[2] * voice[1] - voice[0]
            total += voice[0]
        yield total / 3


def piece(kind, n, random):
    """`n` samples of one kind of sound."""
    if kind == "noise":
        return [random.uniform(-1, 1) for _ in range(n)]
    if kind in ("silence", "constant", "denormal"):
        return [{"silence": 0.0, "constant": 1.0, "denormal": 1e-41}[kind]] * n
    if kind == "clicks":
        return [1.0 if i % 700 < 3 else 0.0 for i in range(n)]
    chord = list(itertools.islice(tones(random), n))
    if kind == "square":
        return [math.copysign(1.0, v) for v in chord]
    if kind == "decay":
        return [v * math.exp(-20 * i / RATE) for i, v in enumerate(chord)]
    if kind == "not_a_number":
        return [math.nan if i % 97 == 0 else v for i, v in enumerate(chord)]
    return chord


KINDS = ("tones", "noise", "silence", "constant", "denormal", "clicks", "square", "decay", "not_a_number")


def programme(seconds):
    """Stereo float samples: every kind of sound in pieces of odd length, at any level up to beyond full scale."""
    random = Random(1)
    samples = array.array("f")
    frames = int(seconds * RATE)
    while len(samples) < 2 * frames:
        n = random.randrange(RATE // 20, RATE)
        level, side = 10 ** random.uniform(-5, 0.2), random.choice((1.0, -1.0, 0.0, 0.5))
        for v in piece(KINDS[random.randrange(len(KINDS))], n, random):
            samples.extend((level * v, side * level * v))
    return samples[:2 * frames]


def resident_mib(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def encode(options, source, out):
    """Feeds the encoder through a pipe; its memory over time in MiB."""
    rounds = max(1, round(options.minutes * 60 / ROUND_S))
    process = subprocess.Popen([options.encoder, "-S", "--raw", f"f32le:{RATE}:2", *options.how.split(), "-", out],
                               stdin=subprocess.PIPE)
    memory, began = [], time.monotonic()
    for done in range(rounds):
        process.stdin.write(source)
        if done % max(1, rounds // 20) == 0:
            memory.append(resident_mib(process.pid))
            print(f"{done * ROUND_S / 3600:7.2f} h  resident {memory[-1]:6.1f} MiB  "
                  f"{done * ROUND_S / (time.monotonic() - began + 1e-9):6.0f}x real time", flush=True)
    process.stdin.close()
    if process.wait() != 0:
        sys.exit(f"the encoder ended with {process.returncode}")
    return memory, rounds


def main():
    parser = argparse.ArgumentParser(prog="tools/bench soak --encoder")
    parser.add_argument("--encoder", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--scope", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--minutes", type=float, default=24 * 60, help="of sound (1440)")
    parser.add_argument("--how", default="-b 128", help="how to encode (-b 128)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "soak.mp3")
        memory, rounds = encode(options, programme(ROUND_S).tobytes(), out)
        report = json.loads(subprocess.run([options.scope, "--json", out], capture_output=True, text=True, check=False).stdout)
    settled = memory[len(memory) // 4:]
    growth = settled[-1] - settled[0]
    samples = report["streams"][0].get("samples")
    expected = rounds * int(ROUND_S * RATE)
    overall = report["overall"]
    print(f"{overall['frames']} frames, {overall['duration_s'] / 3600:.2f} h, {overall['mean_kbps']:.1f} kbit/s, "
          f"{report['error_count']} faults, {samples - expected} samples too many; memory grew by {growth:.1f} MiB after it settled")
    for fault in report["errors"][:5]:
        print(f"  byte {fault['offset']}, frame {fault['frame']}: {fault['message']}")
    sys.exit(1 if report["error_count"] or samples != expected or growth > GROWTH_MIB else 0)


if __name__ == "__main__":
    main()
