#!/usr/bin/env python3
"""Every sampling rate, mode and bitrate, and every way to choose bitrates, over sounds that are hard to encode.

mp3scope must find nothing in any stream, mpg123 must decode it, and the streams must hold as many samples as went in.
With --strict FOLDER the check_stream.sh of that folder looks at each as well. Exit status 1 when anything was found.
"""

import argparse
import array
import itertools
import json
import math
import random
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

RATES = (48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)
MPEG1 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
LSF = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
MODES = ("s", "j", "f", "m")
FRAMES = 20_000


def music(n, noise):
    return 0.3 * math.sin(0.031 * n) + 0.2 * math.sin(0.2 * n) + (0.5 if n % 7000 < 40 else 0) + 0.1 * (noise.random() - 0.5)


SOUNDS = {
    "music": music,
    "silence": lambda n, noise: 0.0,
    "dc": lambda n, noise: 0.9,
    "full_scale_noise": lambda n, noise: 2 * noise.random() - 1,
    "full_scale_square": lambda n, noise: 1.0 if n % 50 < 25 else -1.0,
    "clipped": lambda n, noise: 30 * math.sin(0.05 * n),
    "impulses": lambda n, noise: 1.0 if n % 2000 == 0 else 0.0,
    "denormals": lambda n, noise: 1e-42 * (n % 7),
    "not_a_number": lambda n, noise: math.nan if n % 13 == 0 else 0.3 * math.sin(0.05 * n),
    "infinite": lambda n, noise: math.inf if n % 500 == 0 else -math.inf if n % 501 == 0 else 0.1,
    "onset": lambda n, noise: 0.0 if n < FRAMES // 2 else 0.8 * (2 * noise.random() - 1),
}


class Matrix:
    def __init__(self, options, folder):
        self.options, self.folder, self.faults, self.count = options, Path(folder), [], 0

    def sound(self, name, channels, frames=FRAMES):
        path = self.folder / f"{name}_{channels}_{frames}.f32"
        if not path.exists():
            noise = random.Random(1)
            data = array.array("f")
            for n in range(frames):
                data.extend(SOUNDS[name](n, noise) * (1 if c == 0 else 0.7) for c in range(channels))
            path.write_bytes(data.tobytes())
        return path

    def cases(self):
        """(sound, frames, rate, mode, options)"""
        every = itertools.product(RATES, MODES)
        for rate, mode in every:
            bitrates = MPEG1 if rate >= 32000 else LSF if rate >= 16000 else LSF[:8]  # of MPEG-2.5 decoders take 64 kbit/s
            if self.options.quick:
                bitrates = (bitrates[0], bitrates[-1])
            for bitrate in bitrates:
                yield "music", FRAMES, rate, mode, ["-b", str(bitrate)]
            for how in (["-V", "0"], ["-V", "9.9"], ["--abr", "40"]):
                if not self.options.quick or mode == "j":
                    yield "music", FRAMES, rate, mode, how
        for name, how in itertools.product(SOUNDS, (["-b", "128"], ["-b", "320"], ["-V", "2"], ["--abr", "96", "-p"],
                                                    ["-b", "64", "--nores", "-m", "m"])):
            yield name, FRAMES, 44100, "j", how
        for frames, how in itertools.product((1, 2, 575, 1151, 1152, 1153), (["-b", "128"], ["-V", "4"])):
            yield "music", frames, 44100, "j", how

    def run(self, number, case):
        name, frames, rate, mode, how = case
        channels = 1 if mode == "m" else 2
        source, out = self.sound(name, channels, frames), self.folder / f"{number}.mp3"
        text = f"{name}, {frames} samples at {rate} Hz, -m {mode} {' '.join(how)}"
        encoded = subprocess.run([self.options.encoder, "-S", "--raw", f"f32le:{rate}:{channels}", "--resample", f"{rate}",
                                  "-m", mode, *how, source, out], capture_output=True, text=True)
        if encoded.returncode != 0:
            return f"{text}: exit status {encoded.returncode}: {encoded.stderr.strip()}"
        fault = self.look_at(out, frames)
        out.unlink()
        return fault and f"{text}: {fault}"

    def look_at(self, out, frames):
        report = json.loads(subprocess.run([self.options.scope, "--json", out], capture_output=True, text=True).stdout)
        if report["errors"]:
            return f"mp3scope: byte {report['errors'][0]['offset']}: {report['errors'][0]['message']}"
        samples = report["streams"][0]["samples"]
        if samples != frames:
            return f"holds {samples} samples"
        if shutil.which("mpg123"):
            complaint = subprocess.run(["mpg123", "-q", "-t", "--no-resync", out], capture_output=True, text=True).stderr.strip()
            if complaint:
                return f"mpg123: {complaint.splitlines()[0]}"
        if self.options.strict:
            strict = subprocess.run([Path(self.options.strict, "check_stream.sh"), "-q", out], capture_output=True, text=True)
            if strict.returncode != 0:
                return f"check_stream.sh: {strict.stdout.strip().splitlines()[0]}"
        return None

    def run_all(self):
        cases = list(self.cases())
        for name, channels, frames in {(case[0], 1 if case[3] == "m" else 2, case[1]) for case in cases}:
            self.sound(name, channels, frames)
        with ThreadPoolExecutor(2) as pool:
            for fault in pool.map(self.run, range(len(cases)), cases):
                self.count += 1
                if fault:
                    self.faults.append(fault)
                    print(fault, flush=True)
                elif self.count % 100 == 0:
                    print(f"{self.count} of {len(cases)}", flush=True)
        print(f"{self.count} streams, {len(self.faults)} with a fault")


def main():
    parser = argparse.ArgumentParser(prog="tools/bench mp3-matrix")
    parser.add_argument("--encoder", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--scope", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="the lowest and highest bitrates only")
    parser.add_argument("--strict", metavar="FOLDER", help="of a check_stream.sh")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        matrix = Matrix(options, folder)
        matrix.run_all()
    sys.exit(1 if matrix.faults else 0)


if __name__ == "__main__":
    main()
