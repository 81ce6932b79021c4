#!/usr/bin/env python3
"""Files and pipes against programs we did not write: sox, ffmpeg, lame and mpg123."""
# ctest: TIMEOUT 120
import array
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SLUICE = str(Path(os.environ["SLUICE_BIN"]) / "sluice")
PEERS = ["sox", "ffmpeg", "lame", "mpg123"]


def run(*command, data=None):
    result = subprocess.run([str(part) for part in command], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            timeout=60)
    assert result.returncode == 0, f"{command[0]}: {result.stderr.decode(errors='replace')}"
    return result.stdout


def graph(line, data=None):
    return run(SLUICE, "run", "-e", line, data=data)


def ffmpeg_samples(path):
    return run("ffmpeg", "-v", "error", "-i", path, "-f", "s16le", "-")


class Formats(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        generator = random.Random(1)
        self.samples = array.array("h", (generator.randint(-32768, 32767) for _ in range(2 * 50000))).tobytes()
        (self.folder / "x.s16").write_bytes(self.samples)
        self.source = f'file.read({self.folder}/x.s16, raw="s16le:44100:2")'

    def test_what_we_write_others_read_bit_exactly(self):
        for name in ["x.wav", "x.flac", "x.aiff", "x.au"]:
            with self.subTest(name):
                graph(f"{self.source} -> file.write({self.folder / name})")
                self.assertEqual(ffmpeg_samples(self.folder / name), self.samples)

    def test_what_others_write_we_read_bit_exactly(self):
        for name in ["y.wav", "y.flac", "y.aiff", "y.au", "y.caf", "y.w64"]:
            with self.subTest(name):
                run("sox", "-D", "-t", "s16", "-r", "44100", "-c", "2", self.folder / "x.s16", self.folder / name)
                self.assertEqual(graph(f"file.read({self.folder / name}) -> file.write(-, format=raw)"), self.samples)

    def test_wav_goes_through_pipes_both_ways(self):
        for command in (["ffmpeg", "-v", "error", "-f", "s16le", "-ar", "44100", "-ac", "2", "-i", self.folder / "x.s16",
                         "-f", "wav", "-"],
                        ["sox", "-D", "-V1", "-t", "s16", "-r", "44100", "-c", "2", self.folder / "x.s16", "-t", "wav", "-"]):
            with self.subTest(command[0]):
                ours = graph("file.read(-) -> file.write(-)", data=run(*command))
                self.assertEqual(run("ffmpeg", "-v", "error", "-i", "-", "-f", "s16le", "-", data=ours), self.samples)

    def test_mp3_is_read_as_mpg123_reads_it_and_without_gaps(self):
        run("sox", "-D", "-n", "-r", "44100", "-c", "2", "-b", "16", self.folder / "tone.wav", "synth", "2.5", "sine", "440",
            "sine", "550", "vol", "0.5")
        mp3 = self.folder / "tone.mp3"
        run("lame", "--quiet", "-b", "128", self.folder / "tone.wav", mp3)
        theirs = run("mpg123", "-q", "-s", mp3)
        self.assertEqual(len(theirs), 4 * 110250)  # LAME's tag removes delay and padding
        for line, data in ((f"file.read({mp3}) -> file.write(-, format=raw)", None),
                           ("file.read(-) -> file.write(-, format=raw)", mp3.read_bytes())):
            ours = graph(line, data)
            self.assertEqual(len(ours), len(theirs))
            pairs = zip(array.array("h", ours), array.array("h", theirs))
            self.assertLessEqual(max(abs(a - b) for a, b in pairs), 1)  # mpg123 rounds to 16 bit in its own way

    def test_g711_codes_decode_alike_everywhere(self):
        for law, codec in (("alaw", "alaw"), ("mulaw", "mulaw")):
            with self.subTest(law):
                codes = graph(f"{self.source} -> g711.encode(law={law}) -> file.write(-)")
                (self.folder / "codes").write_bytes(codes)
                theirs = run("ffmpeg", "-v", "error", "-f", codec, "-ar", "44100", "-ac", "2", "-i", self.folder / "codes",
                             "-f", "s16le", "-")
                ours = graph(f"{self.source} -> g711.encode(law={law}) -> g711.decode -> file.write(-, format=raw)")
                self.assertEqual(ours, theirs)

    def test_resampling_is_as_clean_as_sox(self):
        run("sox", "-n", "-r", "44100", "-c", "1", "-b", "24", self.folder / "t.wav", "synth", "2", "sine", "997", "vol", "0.5")
        graph(f"file.read({self.folder}/t.wav) -> resample(48000) -> file.write({self.folder}/r.wav, subtype=s24)")
        # What a narrow notch at the tone leaves is noise and distortion.
        stat = subprocess.run(["sox", str(self.folder / "r.wav"), "-n", "trim", "0.2", "1.6", "bandreject", "997", "50", "bandreject", "997",
                               "50", "trim", "0.5", "stats"], capture_output=True, text=True, timeout=60).stderr
        level = next(float(line.split()[-1]) for line in stat.splitlines() if line.startswith("RMS lev dB"))
        self.assertLess(level, -110)

    def test_a_reader_that_goes_away_is_one_error(self):
        process = subprocess.Popen([SLUICE, "run", "-e", "tone -> file.write(-)"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.read(1000)
        process.stdout.close()
        self.assertEqual(process.wait(timeout=30), 1)
        self.assertIn(b"nobody reads it any more", process.stderr.read())
        process.stderr.close()


if __name__ == "__main__":
    if not Path(SLUICE).exists() or not all(shutil.which(peer) for peer in PEERS):
        print("skipped: needs", *PEERS)
        sys.exit(77)
    unittest.main(verbosity=2)
