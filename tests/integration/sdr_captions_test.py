#!/usr/bin/env python3
# ctest: TIMEOUT 300
"""graphs/fm_captions.yaml: speech goes out as FM, and its words come back as captions; the waterfall shows the station.
Words need the models and the speech; the waterfall needs neither."""

import json
import os
import shutil
import struct
import subprocess
import tempfile
import unittest
import zlib
from pathlib import Path

from browser_rig import Browser
from radio_rig import fetch, free_port, wait_for

BIN = Path(os.environ["SLUICE_BIN"])
ROOT = Path(os.environ["SLUICE_ROOT"])
GRAPHS = ROOT / "graphs"
LIBRIVOX = Path("/usr/share/pocketsphinx/test/data/librivox")  # Debian's pocketsphinx-testdata
MODELS = Path(os.environ.get("SLUICE_MODELS") or ROOT / "build/models")
PATIENCE = 240  # s, for one run on a busy machine
SAID = {"sense_and_sensibility_01_austen_64kb-0880": "he was not an ill disposed young man",
        "sense_and_sensibility_01_austen_64kb-0890": "unless to be rather cold hearted and rather selfish is to be ill disposed"}


def sluice(*arguments, cwd):
    run = subprocess.run([BIN / "sluice", "run", *map(str, arguments)], cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True,
                         timeout=PATIENCE, check=False)
    if run.returncode != 0:
        raise AssertionError(f"{arguments}: {run.returncode}\n{run.stderr.decode()}")
    return run.stdout


def pixels(path):
    """Rows of RGB triples of a PNG without interlacing (ISO/IEC 15948): of its filters, all five."""
    data, at, packed = path.read_bytes(), 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        at += 12 + length
        if kind == b"IHDR":
            width, height = struct.unpack(">II", body[:8])
        packed += body if kind == b"IDAT" else b""
    raw, stride, rows = zlib.decompress(packed), 3 * width, []
    above = bytes(stride)
    for y in range(height):
        how, line = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for n in range(stride):
            left, up, corner = (line[n - 3] if n >= 3 else 0), above[n], (above[n - 3] if n >= 3 else 0)
            guess = left + up - corner
            nearest = min((left, up, corner), key=lambda value: abs(guess - value))
            line[n] = (line[n] + (0, left, up, (left + up) // 2, nearest)[how]) % 256
        rows.append([tuple(line[n:n + 3]) for n in range(0, stride, 3)])
        above = bytes(line)
    return rows


class OverFm(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    @unittest.skipUnless(LIBRIVOX.exists() and (MODELS / "MANIFEST").exists(), "SKIPPED: models or speech are not installed")
    def test_the_words_come_back(self):
        heard = ""
        for name, text in SAID.items():
            sluice(GRAPHS / "fm_tx.yaml", "--set", f"in={LIBRIVOX / name}.wav", "--set", "out=fm.cf32", "--replace",
                   "air=sdr.channel(snr=30 dB) -> iq.file_write(fm.cf32)", cwd=self.folder)
            out = sluice(GRAPHS / "fm_captions.yaml", "--set", "in=fm.cf32", "--replace",
                         f'captions=text.lines(name="{name}") -> file.write(path="-")', cwd=self.folder)
            heard += out.decode()
        (self.folder / "heard").write_text(heard, encoding="utf-8")
        (self.folder / "said").write_text("".join(f"{name}\t{text}\n" for name, text in SAID.items()), encoding="utf-8")
        score = subprocess.run([BIN / "sluice-score", "said", "heard", "--json"], cwd=self.folder, capture_output=True, text=True,
                               check=True)
        self.assertLessEqual(json.loads(score.stdout)["wer"], 0.1, heard)

    def test_the_waterfall_shows_the_station(self):
        sluice("-e", "tune(duration=2 s, rate=48 kHz) -> sdr.fm_tx(rate=1.2 MHz) -> iq.file_write(fm.cu8)", cwd=self.folder)
        shown = sluice("-e", "iq.file_read(fm.cu8, rate=1.2 MHz) -> fall: iq.waterfall(picture=fall.png, top=0 dB, bins=128); "
                             "fall.terminal -> file.write(path=\"-\")", cwd=self.folder)
        lines = shown.decode().splitlines()
        self.assertEqual(len(lines), 16, "eight a second")
        self.assertEqual(lines[8].count("\x1b[48;2;"), 80)
        rows = pixels(self.folder / "fall.png")
        self.assertEqual((len(rows), len(rows[0])), (16, 128))
        brightness = [sum(pixel) for pixel in rows[8]]
        self.assertGreater(max(brightness[58:70]), 2 * max(brightness[:20] + brightness[-20:]), "200 kHz of 1200 in the middle")

    @unittest.skipUnless(shutil.which("chromium"), "SKIPPED: chromium is not installed")
    def test_the_page_draws_the_waterfall(self):
        port = free_port()
        station = "tune(rate=48 kHz) -> pace -> sdr.fm_tx(rate=480 kHz) -> iq.waterfall(frequency=98.5 MHz, top=0 dB)"
        with subprocess.Popen([BIN / "sluice", "run", "-e", f"{station} -> http.waterfall(port={port})", "--for", "120 s"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            try:
                wait_for(lambda: fetch(f"http://127.0.0.1:{port}/status.json"), "the server answers", 60)
                with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, Browser(profile) as browser:
                    browser.open(f"http://127.0.0.1:{port}/")
                    pixel = ("(() => { const fall = document.getElementById('waterfall'); if (fall.hidden || !fall.width) return 0;"
                             " const row = fall.getContext('2d').getImageData(0, 0, fall.width, 1).data;"
                             " return fall.width === 256 && row[4 * 128] > row[0]; })()")
                    wait_for(lambda: browser.evaluate(pixel), "the station in the middle of the page's waterfall", 60)
                    self.assertIn("98.5 MHz", browser.evaluate("document.getElementById('waterfall').title"))
                    self.assertEqual(browser.complaints(), [])
                    if picture := os.environ.get("SLUICE_PICTURE"):
                        browser.screenshot(picture, 700, 900)
            finally:
                run.kill()


if __name__ == "__main__":
    unittest.main()
