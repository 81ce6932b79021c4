#!/usr/bin/python3
# ctest: TIMEOUT 600
"""The real recogniser through every door, on real speech: skipped where the models or the speech are not installed."""

import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
import wave
from pathlib import Path

from transcribe_rig import BIN, PATIENCE, Server, need_websockets

SPEECH = Path("/usr/share/pocketsphinx/test/data/librivox")  # Debian's pocketsphinx-testdata, read by volunteers
MODELS = Path(os.environ.get("SLUICE_MODELS") or Path(os.environ["SLUICE_ROOT"], "build/models"))
RECOGNISER = "asr.two_pass"
MOST_ERRORS = 0.06  # of words; 0.03 is what live recognition reaches on a quiet machine
for needed in (SPEECH / "transcription", MODELS / "MANIFEST", Path(os.environ["SLUICE_ROOT"], "graphs/asr_two_pass.yaml")):
    if not needed.exists():
        print(f"{needed} is not there")
        sys.exit(77)
need_websockets()
import websockets  # noqa: E402


def references():
    """NAME -> what was read."""
    said = re.findall(r"^<s> (.*) </s> \((\S+)\)$", (SPEECH / "transcription").read_text(), re.M)
    # The book says "a more amiable": the transcription repeats the article.
    return {name: text.replace("a more a amiable", "a more amiable") for text, name in said}


def error_rate(said, heard):
    with tempfile.TemporaryDirectory() as folder:
        for name, texts in (("ref", said), ("hyp", heard)):
            Path(folder, name).write_text("".join(f"{key}\t{text}\n" for key, text in texts.items()), encoding="utf-8")
        run = subprocess.run([BIN / "sluice-score", "--json", Path(folder, "ref"), Path(folder, "hyp")], capture_output=True, text=True,
                             check=True)
        return json.loads(run.stdout)["wer"]


async def funasr(url, path):
    """The text that FunASR's Python client ends with, sent without pause."""
    with wave.open(str(path)) as file:
        rate, audio = file.getframerate(), file.readframes(file.getnframes())
    text = ""
    async with websockets.connect(url, subprotocols=["binary"], ping_interval=None) as socket:
        await socket.send(json.dumps({"mode": "2pass", "audio_fs": rate, "wav_name": path.stem, "wav_format": "pcm",
                                      "is_speaking": True, "hotwords": ""}))
        for at in range(0, len(audio), 1920):
            await socket.send(audio[at:at + 1920])
            await asyncio.sleep(0)
        await socket.send(json.dumps({"is_speaking": False, "is_end": True}))
        while True:
            message = json.loads(await asyncio.wait_for(socket.recv(), 3 * PATIENCE))
            text += message["text"] if message["mode"] == "2pass-offline" else ""
            if message.get("is_end"):
                return text


class Models(unittest.TestCase):
    def test_files_are_transcribed(self):
        said = references()
        run = subprocess.run([BIN / "sluice-transcribe", *(SPEECH / f"{name}.wav" for name in said)], capture_output=True, text=True,
                             timeout=5 * PATIENCE, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        heard = dict(line.split("\t") for line in run.stdout.splitlines())
        self.assertLessEqual(error_rate(said, heard), MOST_ERRORS, heard)

    def test_many_clients_at_once_get_their_own_text(self):
        async def all_of_them(url, names):
            return await asyncio.gather(*(funasr(url, SPEECH / f"{name}.wav") for name in names))
        said = references()
        with Server(recogniser=RECOGNISER) as server:
            texts = asyncio.run(asyncio.wait_for(all_of_them(server.url, said), 5 * PATIENCE))
        heard = dict(zip(said, texts, strict=True))
        self.assertLessEqual(error_rate(said, heard), MOST_ERRORS, heard)


if __name__ == "__main__":
    unittest.main()
