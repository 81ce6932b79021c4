"""A speech server of our own to talk to: with a recogniser that plays a script, or with the real one."""

import json
import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

BIN = Path(os.environ["SLUICE_BIN"])
PLUGIN = BIN.parent / "tests/plugins/scripted.so"
RATE = 16000
PATIENCE = 60  # s that anything may take on a busy machine

# What the scripted recogniser says of 6 s of audio, whatever they hold.
SAID = ["Ask not what your country", "can do for you,", "{hotwords} ask."]


def event(at, kind, segment, text, **more):
    return {"at": at, "kind": kind, "segment": segment, "start": 2 * segment + 0.5, "end": at, "text": text, "language": "en",
            **more}


def words_of(segment, text):
    start = 2 * segment + 0.5
    return [{"text": word, "start": start + 0.2 * n, "end": start + 0.2 * n + 0.2, "confidence": 0.9}
            for n, word in enumerate(text.split())]


def script():
    """Partials that are revised, and finals with words and times: an utterance every two seconds."""
    lines = []
    for n, text in enumerate(SAID):
        words = text.split()
        lines.append(event(2 * n + 0.8, "partial", n, words[0] + " knot", stable_words=0))
        lines.append(event(2 * n + 1.2, "partial", n, " ".join(words[:-1]), stable_words=1))
        lines.append(event(2 * n + 1.6, "final", n, text, words=words_of(n, text) if "{" not in text else []))
    return "".join(json.dumps(line) + "\n" for line in lines)


def pcm(seconds, rate=RATE):
    """s16le; the recogniser does not listen."""
    return struct.pack("<h", 1000) * int(seconds * rate)


def wav(path, seconds, rate=RATE, channels=1):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm(seconds * channels, rate))
    return path


def need_websockets():
    try:
        import websockets  # noqa: F401
    except ImportError:
        print("python3-websockets is not installed")
        sys.exit(77)


class Server:
    """sluice-transcribe --serve, as a context; `port` is where it listens."""

    def __init__(self, *arguments, recogniser=None, environment=None):
        self.folder = tempfile.TemporaryDirectory()
        self.arguments = list(arguments)
        if recogniser is None:
            path = Path(self.folder.name, "script.jsonl")
            path.write_text(script(), encoding="utf-8")
            recogniser = f'scripted.recogniser(script="{path}")'
        self.arguments += ["--recogniser", recogniser, "--plugin", PLUGIN]
        self.environment = {**os.environ, **(environment or {})}

    def __enter__(self):
        self.process = subprocess.Popen([BIN / "sluice-transcribe", "--serve", "127.0.0.1:0", *map(str, self.arguments)],
                                        stderr=subprocess.PIPE, text=True, env=self.environment)
        said = ""
        for line in self.process.stderr:
            said += line
            if found := re.search(r"serving on 127\.0\.0\.1:(\d+)", line):
                self.port = int(found[1])
            if "Ctrl-C" in line:
                break
        else:
            raise AssertionError(f"the server did not start:\n{said}")
        self.url = f"ws://127.0.0.1:{self.port}"
        self.http = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.status = self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.stderr.close()
            self.folder.cleanup()
        if self.status != 0:
            raise AssertionError(f"the server ended with {self.status}")
