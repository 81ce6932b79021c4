#!/usr/bin/env python3
# ctest: TIMEOUT 240
"""The graphs that listen to speech, on real speech: skipped where the models or the speech are not installed."""

import http.server
import json
import os
import subprocess
import sys
import threading
import unittest
from pathlib import Path

SLUICE = Path(os.environ["SLUICE_BIN"], "sluice")
ROOT = Path(os.environ["SLUICE_ROOT"])
SPEECH = Path("/usr/share/pocketsphinx/test/data/cards/001.wav")  # "ten of clubs", Debian's pocketsphinx-testdata
MODELS = Path(os.environ.get("SLUICE_MODELS") or ROOT / "build/models")
for needed in (SPEECH, MODELS / "MANIFEST"):
    if not needed.exists():
        print(f"{needed} is not there")
        sys.exit(77)


def captions(graph, *arguments):
    """What the graph writes when the microphone hears the recording, as fast as it can be recognised."""
    run = subprocess.run([SLUICE, "run", graph, "--replace", f"mic=file.read({SPEECH})", *arguments], stdin=subprocess.DEVNULL,
                         capture_output=True, text=True, timeout=200, check=False)
    if run.returncode != 0:
        raise AssertionError(f"{graph}: {run.returncode}\n{run.stdout}{run.stderr}")
    return run.stdout.lower()


class Corrector(http.server.BaseHTTPRequestHandler):
    """Ends every sentence with two exclamation marks."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        sentence = request["messages"][-1]["content"].rsplit("Sentence: ", 1)[-1]
        answer = {"choices": [{"message": {"content": sentence.rstrip(".") + "!!"}, "finish_reason": "stop"}]}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class SpeechGraphs(unittest.TestCase):
    def corrector(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Corrector)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_address[1]}"

    def test_captions(self):
        self.assertIn("clubs", captions("transcribe"))

    def test_corrected_captions(self):
        heard = captions("transcribe_correct", "--set", f"llm={self.corrector()}")
        self.assertIn("clubs", heard)
        self.assertIn("!!", heard)

    def test_corrected_files(self):
        run = subprocess.run([SLUICE.with_name("sluice-transcribe"), "--llm", self.corrector(), SPEECH], capture_output=True, text=True,
                             timeout=200, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("!!", run.stdout)

    def test_captions_without_the_model_they_ask(self):
        self.assertIn("clubs", captions("transcribe_correct", "--set", "llm=http://127.0.0.1:1"))


if __name__ == "__main__":
    unittest.main()
