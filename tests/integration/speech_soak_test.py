#!/usr/bin/python3
# ctest: TIMEOUT 600
"""A session that goes on and on, in short: what tools/bench soak --transcribe does for hours of real speech. Skipped where the models
or the speech are not installed."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from transcribe_rig import BIN, need_websockets

ROOT = Path(os.environ["SLUICE_ROOT"])
SPEECH = Path("/usr/share/pocketsphinx/test/data/librivox")  # Debian's pocketsphinx-testdata, read by volunteers
MODELS = Path(os.environ.get("SLUICE_MODELS") or ROOT / "build/models")
for needed in (SPEECH / "transcription", MODELS / "MANIFEST"):
    if not needed.exists():
        print(f"{needed} is not there")
        sys.exit(77)
need_websockets()


class Soak(unittest.TestCase):
    def test_memory_files_lag_and_words_stay_what_they_are(self):
        with tempfile.TemporaryDirectory() as cache:
            run = subprocess.run([sys.executable, ROOT / "tools/bench.d/speech_soak.py", "--transcribe", BIN / "sluice-transcribe",
                                  "--cache", cache, "--shared", cache, "--minutes", "1", "--clips", "1",
                                  "--growth", "64",  # a worker that first decodes late
                                  "--lag", "60"], capture_output=True, text=True, timeout=550, check=False)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        result = json.loads(run.stdout.splitlines()[-1])
        self.assertEqual(len(result["resident_mb"]), 10)
        self.assertGreater(result["words"], 10 * 15)
        self.assertGreaterEqual(result["rounds"], 10)
        self.assertEqual((result["words_apart"], result["rounds_unlike"]), (0, 0))


if __name__ == "__main__":
    unittest.main()
