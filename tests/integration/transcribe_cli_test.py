#!/usr/bin/python3
"""sluice-transcribe on files: formats, several files, hotwords, exit statuses."""

import json
import subprocess
import tempfile
import unittest
from pathlib import Path

from transcribe_rig import BIN, PATIENCE, PLUGIN, script, wav

TEXT = "Ask not what your country\ncan do for you,\n{} ask.\n"


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        Path(self.folder, "script.jsonl").write_text(script(), encoding="utf-8")
        self.clip = wav(self.folder / "clip one.wav", 6, rate=44100, channels=2)

    def transcribe(self, *arguments, expect=0, recogniser=None):
        recogniser = recogniser or f'scripted.recogniser(script="{self.folder}/script.jsonl")'
        run = subprocess.run([BIN / "sluice-transcribe", "--plugin", PLUGIN, "--recogniser", recogniser, *map(str, arguments)],
                             capture_output=True, text=True, timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL)
        self.assertEqual(run.returncode, expect, run.stderr)
        return run

    def test_text_is_an_utterance_a_line(self):
        run = self.transcribe(self.clip)
        self.assertEqual(run.stdout, TEXT.format(""))
        self.assertRegex(run.stderr, r"clip one\.wav: 6\.0 s of audio in [\d.]+ s, [\d.]+x real time \(RTF [\d.]+\)")

    def test_subtitles_and_json(self):
        srt = self.transcribe("-f", "srt", self.clip).stdout
        self.assertTrue(srt.startswith("1\n00:00:00,500 --> 00:00:01,7"), srt)
        self.assertTrue(self.transcribe("-f", "vtt", self.clip).stdout.startswith("WEBVTT\n\n1\n"))
        events = [json.loads(line) for line in self.transcribe("-f", "jsonl", self.clip).stdout.splitlines()]
        self.assertEqual([event["kind"] for event in events], ["final"] * 3)
        events = [json.loads(line) for line in self.transcribe("-f", "jsonl", "--partials", self.clip).stdout.splitlines()]
        self.assertEqual(len(events), 8)  # of nine in the script one is empty

    def test_several_files_are_lines_that_sluice_score_reads(self):
        other = wav(self.folder / "b.wav", 3)
        heard = self.transcribe("-q", self.clip, other).stdout
        self.assertEqual(heard, "clip one\tAsk not what your country can do for you, ask.\n"
                                "b\tAsk not what your country can do for you,\n")
        reference, hypothesis = self.folder / "ref.txt", self.folder / "hyp.txt"
        hypothesis.write_text(heard, encoding="utf-8")
        reference.write_text(heard.lower(), encoding="utf-8")
        run = subprocess.run([BIN / "sluice-score", "--json", reference, hypothesis], capture_output=True, text=True, check=True)
        self.assertEqual(json.loads(run.stdout)["wer"], 0)

    def test_a_folder_takes_a_file_for_each(self):
        self.transcribe("-f", "vtt", "--output-dir", self.folder, self.clip)
        self.assertTrue((self.folder / "clip one.vtt").read_text().startswith("WEBVTT"))

    def test_hotwords_come_from_a_file(self):
        words = self.folder / "words.txt"
        words.write_text("# names\nthin sheet:0.5\ntear 30\nKubernetes\n", encoding="utf-8")
        self.assertEqual(self.transcribe("--hotwords", words, self.clip).stdout,
                         TEXT.format("thin sheet:0.5, tear:1.5, Kubernetes"))

    def test_ends_with_2_for_what_cannot_be_meant_and_1_for_what_fails(self):
        self.transcribe("/nonexistent.wav", expect=2)
        self.transcribe("-f", "pdf", self.clip, expect=2)
        self.transcribe("-f", "srt", self.clip, self.clip, expect=2)
        self.transcribe("--hotwords", "/nonexistent", self.clip, expect=2)
        for of_one_stream in ([self.clip], ["--llm", "http://localhost"], ["-f", "srt"], ["-o", "x"], ["--for", "1s"], ["--json"]):
            refused = self.transcribe("--serve", "127.0.0.1:0", *of_one_stream, expect=2)
            self.assertRegex(refused.stderr, "--serve excludes|excludes --serve")
        for certificate, why in (("/nonexistent", "No such file"), (self.clip, "cannot be taken as a certificate in PEM form")):
            refused = self.transcribe("--serve", "127.0.0.1:0", "--tls-cert", certificate, "--tls-key", certificate, expect=2)
            self.assertIn(why, refused.stderr)
        self.assertIn("error: ", self.transcribe(self.clip, recogniser="scripted.recognizer", expect=2).stderr)
        failed = self.transcribe(self.clip, recogniser='scripted.recogniser(script="/nonexistent")', expect=1)
        self.assertIn("tools/setup models", failed.stderr)
        failed = self.transcribe("--serve", "127.0.0.1:0", recogniser='scripted.recogniser(script="/nonexistent")', expect=1)
        self.assertIn("tools/setup models", failed.stderr)


if __name__ == "__main__":
    unittest.main()
