#!/usr/bin/env python3
"""sluice-score agrees with NIST's sclite (Debian's sctk), utterance by utterance, on random transcripts."""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCORE = Path(os.environ["SLUICE_BIN"]) / "sluice-score"
KEYS = ("correct", "substitutions", "deletions", "insertions")


def garbled(words, vocabulary, dice):
    """The words as a poor recogniser has them: some lost, some changed, some added."""
    heard = []
    for word in words:
        fate = dice.random()
        if fate > 0.15:
            heard.append(dice.choice(vocabulary) if fate < 0.4 else word)
        if dice.random() < 0.2:
            heard.append(dice.choice(vocabulary))
    return heard


def sclite(reference, hypothesis):
    """Counts by utterance, as sclite's alignment report has them."""
    report = subprocess.run(["sctk", "sclite", "-r", reference, "trn", "-h", hypothesis, "trn", "-i", "spu_id", "-o", "pralign",
                             "stdout"], capture_output=True, text=True, check=True).stdout
    return {name: tuple(map(int, counts.split())) for name, counts in
            re.findall(r"^id: \((\S+)\)\nScores: \(#C #S #D #I\) ([\d ]+)$", report, re.M)}


class Score(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, name, text):
        path = Path(self.folder.name, name)
        path.write_text(text, encoding="utf-8")
        return path

    def test_counts_what_sclite_counts(self):
        dice = random.Random(1)
        vocabulary = ["w1", "w2", "w3", "w4"]  # few, so that many alignments are equally cheap
        said = {f"s_{n:03}": [dice.choice(vocabulary) for _ in range(dice.randint(1, 15))] for n in range(500)}
        heard = {name: garbled(words, vocabulary, dice) for name, words in said.items()}
        trn = [self.file(name, "".join(f"{' '.join(words)} ({key})\n" for key, words in texts.items()))
               for name, texts in (("ref.trn", said), ("hyp.trn", heard))]
        tsv = [self.file(name, "".join(f"{key}\t{' '.join(words)}\n" for key, words in texts.items()))
               for name, texts in (("ref.txt", said), ("hyp.txt", heard))]
        theirs = sclite(*trn)
        run = subprocess.run([SCORE, "--normalise", "none", "--json", *tsv], capture_output=True, text=True, check=True)
        ours = json.loads(run.stdout)
        self.assertEqual(len(theirs), 500)
        for utterance in ours["per_utterance"]:
            self.assertEqual(tuple(utterance[key] for key in KEYS), theirs[utterance["name"]], utterance["name"])
        for n, key in enumerate(KEYS):
            self.assertEqual(ours[key], sum(counts[n] for counts in theirs.values()))
        self.assertAlmostEqual(ours["wer"], sum(ours[key] for key in KEYS[1:]) / ours["reference_words"])

    def test_ends_with_2_when_it_cannot_score(self):
        reference = self.file("ref.txt", "a\tone\n")
        for wrong in (self.file("twice.txt", "a\tone\na\ttwo\n"), self.file("other.txt", "b\tone\n"), Path("/nonexistent")):
            run = subprocess.run([SCORE, reference, wrong], capture_output=True, text=True, check=False)
            self.assertEqual((run.returncode, run.stdout), (2, ""), wrong)
            self.assertIn("error: ", run.stderr)

    def test_shows_the_errors_in_place(self):
        run = subprocess.run([SCORE, self.file("ref.txt", "a\tAsk not what\n"), self.file("hyp.txt", "a\task knot what\n")],
                             capture_output=True, text=True, check=True)
        self.assertIn("REF: ask not  what\nHYP: ask knot what\n         S\n", run.stdout)
        self.assertIn("WER   33.33 %", run.stdout)


if __name__ == "__main__":
    if not shutil.which("sctk"):
        print("sctk is not installed")
        sys.exit(77)
    unittest.main()
