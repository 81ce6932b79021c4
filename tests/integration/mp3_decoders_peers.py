#!/usr/bin/env python3
"""Streams of our encoder through decoders and checkers we did not write: mpg123, libmad, ffmpeg, mp3val.

Every sampling rate and mode at the lowest, a middle and the highest bitrate: the checkers find nothing to complain of, and
the decoders give the same PCM. Files come back at their exact length from gapless decoders.
"""
# ctest: TIMEOUT 300
import math
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import wave
from pathlib import Path

ENCODER = str(Path(os.environ["SLUICE_BIN"]) / "sluice-mp3")
PEERS = ["mpg123", "madplay", "ffmpeg", "mp3val"]
BITRATES = {True: (32, 128, 320), False: (8, 64, 160)}  # kbit/s; MPEG-1, MPEG-2
RATES = (48000, 44100, 32000, 24000, 22050, 16000)
SECONDS = 1.5
LIBMAD_TOLERANCE = 14  # of 32768: 24-bit fixed point (measured: up to 13)
FFMPEG_TOLERANCE = 7


def run(*command):
    return subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)


def make_programme(path, rate, channels):
    """A chord, clicks that call for short blocks, and noise; the channels partly alike, so that mid/side is used."""
    noise = random.Random(rate)
    frames = bytearray()
    for n in range(int(SECONDS * rate)):
        t = n / rate
        chord = sum(math.sin(2 * math.pi * f * t) for f in (220, 277.2, 329.6, 1760)) / 5
        click = 0.8 * math.exp(-((t % 0.4) * 200)) * (noise.random() * 2 - 1)
        for c in range(channels):
            own = (noise.random() * 2 - 1) * (0.02 if t < SECONDS / 2 else 0.1 * c)
            frames += struct.pack("<h", int(32767 * max(-1, min(1, 0.6 * chord + click + own))))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(frames))


def largest_difference(a, b, channels):
    """Between two s16 decodes of one stream. Decoders start up to a frame apart: the offset is found first."""
    x, y = (list(struct.unpack(f"<{len(p) // 2}h", p[: len(p) // 2 * 2]))[::channels] for p in (a, b))
    middle = x[len(x) // 2: len(x) // 2 + 400]
    place = next((k for k in range(len(y) - 400)
                  if all(abs(middle[i] - y[k + i]) < 40 for i in (0, 7, 100, 250, 399))
                  and sum(abs(p - q) for p, q in zip(middle, y[k:k + 400])) < 400 * 20), None)
    if place is None:
        return 65535
    shift = place - len(x) // 2
    pairs = range(max(0, -shift) + 2304, min(len(x), len(y) - shift) - 2304)
    return max(abs(x[n] - y[n + shift]) for n in pairs) if len(pairs) > 2000 else 65535


class Decoders(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def encode(self, source, *options):
        out = self.folder / "out.mp3"
        result = run(ENCODER, "-S", *options, source, out)
        self.assertEqual(result.returncode, 0, result.stderr.decode())
        return out

    def assert_no_complaints(self, stream):
        self.assertEqual(run("mpg123", "-q", "-t", "--no-resync", stream).stderr.decode(), "")
        found = run("mp3val", stream).stdout.decode().splitlines()
        self.assertEqual([line for line in found if line.startswith(("WARNING", "ERROR", "PROBLEM"))
                          and "No supported tags" not in line], [])
        self.assertNotIn("error", run("madplay", "-Q", "-o", "null:-", stream).stderr.decode())
        strict = run("ffmpeg", "-v", "warning", "-xerror", "-err_detect", "crccheck+bitstream+buffer+explode", "-i",
                     stream, "-map", "0:a", "-f", "null", "-")
        complaints = [line for line in strict.stderr.decode().splitlines() if "Estimating duration" not in line]
        self.assertEqual((strict.returncode, complaints), (0, []))

    def assert_decoders_agree(self, stream, channels):
        ours = run("mpg123", "-q", "--no-gapless", "-s", stream).stdout
        mad = run("madplay", "-Q", "-d", "-b", "16", "-o", "raw:-", *(["-m"] if channels == 1 else []), stream).stdout
        ffmpeg = run("ffmpeg", "-v", "quiet", "-flags2", "+skip_manual", "-i", stream, "-f", "s16le", "-").stdout
        self.assertLessEqual(largest_difference(ours, mad, channels), LIBMAD_TOLERANCE, "libmad against mpg123")
        self.assertLessEqual(largest_difference(ours, ffmpeg, channels), FFMPEG_TOLERANCE, "ffmpeg against mpg123")

    def test_every_rate_mode_and_bitrate_decodes_alike(self):
        for rate in RATES:
            for mode, channels in (("m", 1), ("s", 2), ("j", 2)):
                source = self.folder / f"{rate}_{channels}.wav"
                if not source.exists():
                    make_programme(source, rate, channels)
                for bitrate in BITRATES[rate >= 32000]:
                    with self.subTest(rate=rate, mode=mode, bitrate=bitrate):
                        stream = self.encode(source, "-b", bitrate, "-m", mode)
                        self.assert_no_complaints(stream)
                        self.assert_decoders_agree(stream, channels)

    def test_checksums_and_frames_without_reservoir_are_legal(self):
        source = self.folder / "x.wav"
        make_programme(source, 44100, 2)
        for options in (["-p"], ["--nores"], ["-p", "--nores", "-m", "s"], ["--lowpass", "8"]):
            with self.subTest(options):
                self.assert_no_complaints(self.encode(source, *options))

    def test_gapless_decoders_give_back_exactly_the_length(self):
        for rate in (44100, 24000):
            source = self.folder / f"{rate}.wav"
            make_programme(source, rate, 2)
            stream = self.encode(source)
            frames = int(SECONDS * rate)
            self.assertEqual(len(run("mpg123", "-q", "-s", stream).stdout) // 4, frames)
            self.assertEqual(len(run("ffmpeg", "-v", "quiet", "-i", stream, "-f", "s16le", "-").stdout) // 4, frames)


if __name__ == "__main__":
    missing = [peer for peer in PEERS if not shutil.which(peer)]
    if missing:
        print("SKIPPED: not installed: " + ", ".join(missing))
        sys.exit(77)
    unittest.main(verbosity=2)
