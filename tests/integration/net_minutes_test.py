#!/usr/bin/env python3
# ctest: TIMEOUT 300
"""graphs/radio_minutes.yaml: a station whose page shows its captions and minutes, with a language model, without one, and
in a browser. The recogniser plays a script; with real speech and the real one where they are installed."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from browser_rig import Browser
from llm_rig import Server
from radio_rig import BIN, ROOT, fetch, free_port

PLUGIN = BIN.parent / "tests/plugins/scripted.so"
SPEECH = Path("/usr/share/pocketsphinx/test/data/cards/001.wav")  # "ten of clubs", Debian's pocketsphinx-testdata
MODELS = Path(os.environ.get("SLUICE_MODELS") or ROOT / "build/models")
PATIENCE = 60  # s that anything may take on a busy machine
SAID = ["Good evening.", "It rains in Oslo,", "and the sun shines in Rome."] + [f"Sentence number {n}." for n in range(40)]


def until(condition, what):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if result := condition():
            return result
        time.sleep(0.05)
    raise AssertionError(f"not within {PATIENCE} s: {what}")


def take_minutes(messages):
    """The model: what there is, and a line that says how much is new."""
    so_far, said = messages[-1]["content"].split("\n\nSaid since:\n")
    lines = [line for line in so_far.splitlines()[1:] if line != "none"]
    return "\n".join(lines[-3:] + [f"- heard: {said.strip()[-60:]}"])


class Station:
    """The graph, as a context. `arguments` go to sluice run."""

    def __init__(self, folder, *arguments, llm, recogniser=None):
        self.port, self.folder = free_port(), Path(folder)
        if recogniser is None:
            script = self.folder / "script.jsonl"
            script.write_text("".join(json.dumps({"at": 1 + n, "kind": "final", "segment": n, "start": 0.5 + n, "end": 1.0 + n,
                                                  "text": text}) + "\n" for n, text in enumerate(SAID)))
            arguments += ("--plugin", PLUGIN, "--replace", "mic=tune(rate=44.1 kHz) -> pace", "--replace",
                          "vad=resample(16 kHz) -> channels(1)", "--replace", f'asr=scripted.recogniser(script="{script}")')
        self.command = [BIN / "sluice", "run", "radio_minutes", "--set", f"port={self.port}", "--set", f"llm={llm}", "--set",
                        "every=2 s", "--for", "200 s", "--json", *arguments]

    def __enter__(self):
        self.out, self.err = self.folder / "out", self.folder / "err"
        with self.out.open("w") as out, self.err.open("w") as err:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        until(lambda: self.process.poll() is not None or fetch(self.url("/status.json")), "the server answers")
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        if self.process.wait(PATIENCE) != 0:
            raise AssertionError(self.err.read_text())
        return json.loads(self.out.read_text())

    def events(self, path):
        """What a feed says, one event after another."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", path)
        answer = connection.getresponse()
        if answer.headers["Content-Type"] != "text/event-stream":
            raise AssertionError(answer.headers)
        for line in answer:
            if line.startswith(b"data: "):
                yield json.loads(line[6:])


class Minutes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def test_captions_and_minutes_are_published_as_the_station_plays(self):
        with Server(take_minutes) as model, Station(self.folder, llm=model.url) as station:
            status = json.loads(fetch(station.url("/status.json")))
            self.assertEqual([feed["path"] for feed in status["captions"] + status["minutes"]], ["/captions", "/minutes"])
            captions, minutes = station.events("/captions"), station.events("/minutes")
            said = [next(captions)["text"] for _ in range(3)]
            self.assertTrue(set(said) <= set(SAID), said)
            first, second = next(minutes)["text"], next(minutes)["text"]
            self.assertIn("- heard:", first)
            self.assertTrue(second.startswith(first.splitlines()[-1]) or first in second, (first, second))
            self.assertNotEqual(first, second)
            stream = http.client.HTTPConnection("127.0.0.1", station.port, timeout=PATIENCE)
            stream.request("GET", "/live.mp3")
            sound = stream.getresponse()
            self.assertEqual(sound.headers["Content-Type"], "audio/mpeg")
            self.assertEqual(sound.read(4096)[:1], b"\xff")
            stream.close()
            report = station.stop()
            self.assertGreaterEqual(report["nodes"]["minutes"]["counters"]["answers"], 2)
            self.assertEqual(report["nodes"]["minutes"]["counters"]["failures"], 0)

    def test_sound_and_captions_go_on_without_a_language_model(self):
        with Station(self.folder, llm="http://127.0.0.1:1") as station:
            captions = station.events("/captions")
            self.assertEqual(len([next(captions) for _ in range(4)]), 4)
            until(lambda: "language model" in station.err.read_text(), "the message")
            report = station.stop()
            said = station.err.read_text()
            self.assertEqual(said.count("language model: "), 1, said)
            self.assertIn("cannot reach 127.0.0.1:1", said)
            self.assertIn("llama-server or Ollama", said)
            self.assertGreater(report["sinks"]["web"]["blocks"], 50)
            self.assertEqual(report["sinks"]["web"]["shed"], 0)

    def test_a_missing_model_file_is_named_before_anything_is_sent(self):
        with Station(self.folder, llm="/nowhere/model.gguf") as station:
            self.assertEqual(station.process.wait(PATIENCE), 1)
            self.assertIn("/nowhere/model.gguf", station.err.read_text())

    @unittest.skipUnless(SPEECH.exists() and (MODELS / "MANIFEST").exists(), "SKIPPED: models or speech are not installed")
    def test_real_speech_reaches_the_minutes(self):
        with Server(take_minutes) as model, Station(self.folder, "--replace", f"mic=file.read({SPEECH}) -> pace", llm=model.url,
                                                    recogniser="real") as station:
            self.assertEqual(station.process.wait(3 * PATIENCE), 0, station.err.read_text())
            report = json.loads(station.out.read_text())
            self.assertIn("clubs", model.asked[-1]["messages"][-1]["content"].lower())
            self.assertEqual(report["nodes"]["board"]["counters"]["shown"], 1)

    @unittest.skipUnless(shutil.which("chromium"), "SKIPPED: chromium is not installed")
    def test_the_page_shows_both_live(self):
        with Server(take_minutes) as model, Station(self.folder, llm=model.url) as station, Browser(self.folder) as browser:
            browser.open(station.url("/"))
            text = lambda of: browser.evaluate(f"document.getElementById('{of}')?.innerText") or ""  # noqa: E731
            until(lambda: any(said in text("captions") for said in SAID), "captions on the page")
            first = until(lambda: "- heard:" in text("minutes") and text("minutes"), "minutes on the page")
            until(lambda: "- heard:" in text("minutes") and text("minutes") != first, "newer minutes on the page")
            self.assertTrue(browser.evaluate("document.getElementById('waterfall').hidden"), "a station is no receiver")
            self.assertEqual(browser.complaints(), [])
            if picture := os.environ.get("SLUICE_PICTURE"):
                browser.screenshot(picture, 700, 900)


if __name__ == "__main__":
    unittest.main()
