#!/usr/bin/env python3
"""sluice-mp3 as its users call it: rates and modes, gapless ends, tags, many files, wrong usage. mp3scope and decoders
that we did not write look at what comes out.
"""
# ctest: TIMEOUT 300
import array
import json
import math
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest
import wave
from pathlib import Path

BIN = Path(os.environ["SLUICE_BIN"])
PEERS = ["mpg123", "ffmpeg", "ffprobe", "mp3val"]
COVER = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20


def run(*command, data=None):
    return subprocess.run([str(part) for part in command], input=data, capture_output=True, timeout=90)


def encode(*arguments, data=None):
    return run(BIN / "sluice-mp3", *arguments, data=data)


def scope(path):
    return json.loads(run(BIN / "mp3scope", "--json", path).stdout)


def samples(path, *options):
    """How many a gapless decoder gives, of one channel."""
    decoded = run("mpg123", "-q", "-s", "--stereo", *options, path).stdout
    return len(decoded) // 4


def ffmpeg_samples(path):
    return len(run("ffmpeg", "-v", "quiet", "-i", path, "-ac", "2", "-f", "s16le", "-").stdout) // 4


def write_wave(path, rate, channels, frames):
    """Chords, clicks and noise."""
    noise = random.Random(rate + frames)
    data = array.array("h")
    for n in range(frames):
        chord = sum(math.sin(2 * math.pi * f * n / rate) for f in (220, 277.2, 1760)) / 4
        click = 0.5 if n % 9000 < 30 else 0
        for c in range(channels):
            data.append(int(20000 * (0.6 * chord + click + 0.2 * (noise.random() - 0.5) * (c + 1))))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(data.tobytes())


class Mp3Cli(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.wave = cls.folder / "in.wav"
        write_wave(cls.wave, 44100, 2, 40_000)
        cls.cover = cls.folder / "cover.png"
        cls.cover.write_bytes(COVER)

    def encoded(self, *options, source=None):
        out = self.folder / "out.mp3"
        result = encode("-S", *options, source or self.wave, out)
        self.assertEqual((result.returncode, result.stderr.decode()), (0, ""))
        return out

    def assert_clean(self, path):
        report = scope(path)
        self.assertEqual(report["errors"], [])
        self.assertEqual(run("mpg123", "-q", "-t", "--no-resync", path).stderr.decode(), "")
        return report

    def test_decoders_give_back_every_sample_and_no_more(self):
        for options in (["-b", "128"], ["-b", "320"], ["-V", "2"], ["-V", "9"], ["--abr", "150"], ["-V", "0", "-m", "m"]):
            for length in (1, 1152, 1153, 40_000):
                with self.subTest(options=options, length=length):
                    source = self.folder / "length.wav"
                    write_wave(source, 44100, 2, length)
                    out = self.encoded("--resample", "44.1", *options, source=source)
                    report = self.assert_clean(out)
                    self.assertEqual(report["streams"][0]["samples"], length)
                    self.assertEqual(samples(out), length, "mpg123")
                    self.assertEqual(ffmpeg_samples(out), length, "ffmpeg")

    def test_the_tag_frame_says_what_the_stream_is(self):
        for options, kind, method in ((["-b", "160"], "Info", 1), (["--abr", "140"], "Xing", 2), (["-V4"], "Xing", 4)):
            with self.subTest(options):
                tag = self.assert_clean(self.encoded(*options))["streams"][0]["tag"]
                self.assertEqual((tag["kind"], tag["lame"]["vbr_method"]), (kind, method))
                self.assertTrue(tag["lame"]["tag_crc_right"])

    def test_bounds_of_a_variable_bitrate_are_kept(self):
        report = self.assert_clean(self.encoded("-V4", "-b", "96", "-B", "160"))
        bitrates = [int(kbps) for kbps in report["overall"]["bitrates"]]
        self.assertGreaterEqual(min(bitrates), 96)
        self.assertLessEqual(max(bitrates), 160)

    def test_tags_are_read_by_others(self):
        out = self.encoded("--tt", "Käse 漢字", "--ta", "Wir", "--tl", "Eins", "--ty", "2026", "--tc", "so", "--tn", "3/12",
                           "--tg", "rock", "--ti", self.cover, "--replaygain")
        self.assert_clean(out)
        probe = json.loads(run("ffprobe", "-v", "quiet", "-print_format", "json", "-show_format", "-show_streams", out).stdout)
        tags = probe["format"]["tags"]
        self.assertEqual((tags["title"], tags["artist"], tags["album"], tags["date"], tags["track"], tags["genre"]),
                         ("Käse 漢字", "Wir", "Eins", "2026", "3/12", "Rock"))
        self.assertRegex(tags["REPLAYGAIN_TRACK_GAIN"], r"^[+-]\d\d\.\d\d dB$")
        pictures = [stream for stream in probe["streams"] if stream["disposition"]["attached_pic"]]
        self.assertEqual([picture["codec_name"] for picture in pictures], ["png"])
        checked = run("mp3val", out).stdout.decode()
        self.assertNotRegex(checked, "WARNING|ERROR")
        self.assertEqual(samples(out), 40_000)

    def test_replay_gain_agrees_with_ffmpegs_loudness_meter(self):
        out = self.encoded("--replaygain", "-b", "192")
        lame = scope(out)["streams"][0]["tag"]["lame"]
        meter = run("ffmpeg", "-nostats", "-i", self.wave, "-filter_complex", "ebur128", "-f", "null", "-").stderr.decode()
        lufs = float(meter.split("Integrated loudness:")[-1].split("I:")[1].split("LUFS")[0])
        self.assertAlmostEqual(lame["track_gain_db"], -18 - lufs, delta=0.25)
        with wave.open(str(self.wave)) as file:
            peak = max(abs(v) for v in array.array("h", file.readframes(file.getnframes()))) / 32768
        self.assertAlmostEqual(lame["peak"], peak, delta=1e-3)

    def test_only_the_wanted_tags(self):
        self.assertEqual([tag["kind"] for tag in scope(self.encoded("--tt", "x", "--id3v1-only"))["tags"]], ["ID3v1"])
        self.assertEqual([tag["kind"] for tag in scope(self.encoded("--tt", "x", "--id3v2-only"))["tags"]], ["ID3v2.4"])
        self.assertIsNone(scope(self.encoded("-t"))["streams"][0]["tag"])

    def test_a_pipe_in_and_out(self):
        result = encode("-S", "-V3", "-", "-", data=self.wave.read_bytes())
        self.assertEqual(result.returncode, 0, result.stderr)
        out = self.folder / "pipe.mp3"
        out.write_bytes(result.stdout)
        self.assert_clean(out)
        raw = encode("-S", "-r", "-s", "44.1", "-", out, data=self.wave.read_bytes()[44:])
        self.assertEqual(raw.returncode, 0, raw.stderr)
        self.assertEqual(samples(out), 40_000)

    def test_many_files_at_a_time_become_the_same_as_one_by_one(self):
        album = self.folder / "album" / "cd1"
        album.mkdir(parents=True)
        for n in range(5):
            write_wave(album / f"{n}.wav", 44100, 2, 8000 + 1000 * n)
        (album / "broken.wav").write_bytes(b"RIFFnothing")
        out = self.folder / "made"
        result = encode("-j", "3", "--out-dir", out, self.folder / "album")
        self.assertEqual(result.returncode, 1)
        self.assertIn("broken.wav", result.stderr.decode())
        self.assertIn("5 files", result.stderr.decode())
        for n in range(5):
            made = out / "cd1" / f"{n}.mp3"
            self.assertEqual(made.read_bytes(), self.encoded(source=album / f"{n}.wav").read_bytes())

    def test_a_histogram_of_variable_bitrates(self):
        result = encode("-V2", self.wave, self.folder / "v.mp3")
        self.assertIn("kbit/s on average", result.stderr.decode())
        self.assertIn("***", result.stderr.decode())
        quiet = encode("-V2", "--nohist", self.wave, self.folder / "v.mp3")
        self.assertNotIn("***", quiet.stderr.decode())

    def test_mp3scope_draws_what_it_sees(self):
        out = self.encoded("-b", "128")
        drawn = run(BIN / "mp3scope", "-q", "--png", self.folder / "p", "--original", self.wave, out)
        self.assertEqual(drawn.returncode, 0, drawn.stderr)
        for kind in ("bitrate", "spectrogram", "noise"):
            self.assertEqual((self.folder / f"p-{kind}.png").read_bytes()[:8], b"\x89PNG\r\n\x1a\n")

    def test_a_change_of_format_in_mid_stream_is_told_with_its_place_and_a_remedy(self):
        other = self.folder / "other.wav"
        for rate, channels in ((48000, 2), (44100, 1)):
            with self.subTest(rate=rate, channels=channels):
                write_wave(other, rate, channels, 20_000)
                spliced = self.folder / "spliced.mp3"
                spliced.write_bytes(b"".join(self.encoded("-t", "-b", "96", source=source).read_bytes()
                                             for source in (self.wave, other)))
                for data in (None, spliced.read_bytes()):
                    out = self.folder / "again.mp3"
                    result = encode("-S", "-" if data else spliced, out, data=data)
                    said = result.stderr.decode()
                    self.assertEqual(result.returncode, 1, said)
                    self.assertEqual(said.count("error:"), 1, said)
                    self.assertIn(f"from 44100 Hz and 2 channels to {rate} Hz and {channels} channels at 0.9", said)
                    self.assertIn("cut it there", said)
                    report = scope(out)  # what came before is whole
                    self.assertEqual(report["errors"], [])

    def test_faint_sound_counts_without_a_threshold_in_quiet(self):
        faint = self.folder / "faint.wav"
        quiet = array.array("h", (n * n // 50 % 3 - 1 for n in range(80_000)))
        with wave.open(str(faint), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(44100)
            file.writeframes(quiet.tobytes())
        sizes = [self.encoded("-V4", *options, source=faint).stat().st_size
                 for options in (["--athlower", "-20"], [], ["--noath"])]
        self.assertLessEqual(sizes[0], sizes[1])
        self.assertLess(sizes[1], sizes[2])

    def test_wrong_usage_has_an_exit_status_of_its_own(self):
        out = self.folder / "no.mp3"
        for arguments in (["-b", "129"], ["-V", "10"], ["--abr", "128", "-V2"], ["--ti", "no such.png"], ["--nonsense"],
                          ["-b", "128", "--resample", "43"]):
            with self.subTest(arguments):
                result = encode(*arguments, self.wave, out)
                self.assertEqual(result.returncode, 2)
                self.assertTrue(result.stderr.strip())
        none = encode(self.folder / "none.wav")
        self.assertEqual((none.returncode, none.stderr.decode()), (2, f"error: {self.folder / 'none.wav'}: no such file\n"))
        self.assertEqual(encode(self.wave, self.wave).returncode, 2)


if __name__ == "__main__":
    missing = [peer for peer in PEERS if not shutil.which(peer)]
    if missing:
        print("SKIPPED: not installed: " + ", ".join(missing))
        sys.exit(77)
    unittest.main(verbosity=2)
