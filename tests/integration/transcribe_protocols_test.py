#!/usr/bin/python3
# ctest: TIMEOUT 300
"""Vosk's, WhisperLive's, OpenAI's and FunASR's newer protocol, as their clients speak them."""

import asyncio
import json
import shutil
import struct
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request
from pathlib import Path

from transcribe_rig import PATIENCE, RATE, Server, need_websockets, pcm, wav

need_websockets()
import websockets  # noqa: E402

TEXT = "Ask not what your country can do for you, ask."


async def receive(socket):
    return json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))


class Protocols(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.__exit__)
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.wav = wav(Path(cls.folder.name, "six.wav"), 6, rate=44100, channels=2)

    def run_client(self, client):
        return asyncio.run(asyncio.wait_for(client, 2 * PATIENCE))

    def test_vosk_in_lock_step(self):
        """As test.py of vosk-server: a message, a reply; eof, the last result."""
        async def client():
            replies = []
            async with websockets.connect(self.server.url) as socket:
                await socket.send(json.dumps({"config": {"sample_rate": RATE}}))
                audio = pcm(6)
                for at in range(0, len(audio), 8000):
                    await socket.send(audio[at:at + 8000])
                    replies.append(await receive(socket))
                await socket.send('{"eof" : 1}')
                replies.append(await receive(socket))
                with self.assertRaises(websockets.ConnectionClosedOK):
                    await asyncio.wait_for(socket.recv(), PATIENCE)
            return replies
        replies = self.run_client(client())
        self.assertEqual(len(replies), 24 + 1)
        said = [reply["text"] for reply in replies if "text" in reply and reply["text"]]
        self.assertEqual(" ".join(said).replace("  ", " "), TEXT)
        self.assertTrue([reply for reply in replies if reply.get("partial")])
        timed = [reply for reply in replies if reply.get("result")]
        self.assertEqual(timed[0]["result"][0], {"conf": 0.9, "start": 0.5, "end": 0.7, "word": "Ask"})

    def test_whisper_live(self):
        async def client():
            messages = []
            async with websockets.connect(self.server.url) as socket:
                await socket.send(json.dumps({"uid": "me", "language": None, "task": "transcribe", "model": "small", "use_vad": True}))
                self.assertEqual(await receive(socket),
                                 {"uid": "me", "message": "SERVER_READY", "backend": "faster_whisper"})
                await socket.send(struct.pack("<f", 0.25) * (6 * RATE))
                await socket.send(b"END_OF_AUDIO")
                try:
                    while True:
                        messages.append(await receive(socket))
                except websockets.ConnectionClosedOK:
                    return messages
        messages = self.run_client(client())
        self.assertTrue(all(message["uid"] == "me" for message in messages))
        self.assertEqual([message["language"] for message in messages if "language" in message], ["en"])
        last = messages[-1]["segments"]
        self.assertEqual("".join(segment["text"] for segment in last).replace("  ", " "), " " + TEXT)
        self.assertTrue(all(segment["completed"] for segment in last))
        self.assertEqual((last[0]["start"], last[0]["end"]), ("0.500", "1.600"))

    def test_the_newer_funasr(self):
        async def client():
            messages = []
            async with websockets.connect(self.server.url) as socket:
                for command in ("HOTWORDS:tear", "LANGUAGE:en", "START"):
                    await socket.send(command)
                    messages.append(await receive(socket))
                await socket.send(pcm(6))
                await socket.send("STOP")
                while messages[-1].get("event") != "stopped":
                    messages.append(await receive(socket))
            return messages
        messages = self.run_client(client())
        self.assertEqual([message["event"] for message in messages[:3]], ["hotwords_set", "language_set", "started"])
        final = messages[-2]
        self.assertTrue(final["is_final"])
        self.assertEqual(final["duration_ms"], 6000)
        self.assertEqual([sentence["text"] for sentence in final["sentences"]],
                         ["Ask not what your country", "can do for you,", "tear ask."])
        self.assertTrue([message for message in messages if message.get("partial")])

    def test_a_path_decides_before_the_first_message(self):
        async def client():
            async with websockets.connect(self.server.url + "/vosk") as socket:
                await socket.send(pcm(0.1))
                return await receive(socket)
        self.assertEqual(self.run_client(client()), {"partial": ""})

    def post(self, *fields):
        """What curl gets: status and body."""
        form = [part for field in fields for part in ("-F", field)]
        run = subprocess.run(["curl", "-sS", "-w", "\n%{http_code}", *form, self.server.http + "/v1/audio/transcriptions"],
                             capture_output=True, text=True, timeout=2 * PATIENCE, check=True)
        body, _, status = run.stdout.rpartition("\n")
        return int(status), body

    @unittest.skipUnless(shutil.which("curl"), "curl is not installed")
    def test_openai_in_every_format(self):
        file = f"file=@{self.wav}"
        self.assertEqual(self.post(file, "model=whisper-1"), (200, json.dumps({"text": TEXT}, separators=(",", ":"))))
        self.assertEqual(self.post(file, "model=whisper-1", "response_format=text"), (200, TEXT + "\n"))
        _, srt = self.post(file, "response_format=srt")
        self.assertTrue(srt.startswith("1\n00:00:00,500 --> 00:00:01,"), srt)
        _, vtt = self.post(file, "response_format=vtt")
        self.assertTrue(vtt.startswith("WEBVTT\n\n1\n00:00:00.500 --> "), vtt)
        _, verbose = self.post(file, "response_format=verbose_json", "timestamp_granularities[]=word",
                               "timestamp_granularities[]=segment")
        verbose = json.loads(verbose)
        self.assertEqual((verbose["task"], verbose["language"], verbose["text"]), ("transcribe", "english", TEXT))
        self.assertEqual(len(verbose["segments"]), 3)
        self.assertEqual(verbose["duration"], 6)  # of the audio; the last word ends earlier
        self.assertEqual(verbose["words"][0], {"word": "Ask", "start": 0.5, "end": 0.7})

    @unittest.skipUnless(shutil.which("curl"), "curl is not installed")
    def test_openai_as_events(self):
        status, body = self.post(f"file=@{self.wav}", "stream=true")
        self.assertEqual(status, 200)
        events = [json.loads(line[len("data: "):]) for line in body.splitlines() if line.startswith("data: ")]
        self.assertEqual([event["type"] for event in events], ["transcript.text.delta"] * 3 + ["transcript.text.done"])
        self.assertEqual("".join(event["delta"] for event in events[:-1]), TEXT)
        self.assertEqual(events[-1]["text"], TEXT)

    @unittest.skipUnless(shutil.which("curl"), "curl is not installed")
    def test_openai_says_what_is_wrong(self):
        for fields, param in ((("model=whisper-1",), "file"), (("file=not audio",), "file"), (("file=x", "response_format=pdf"), "response_format")):
            status, body = self.post(*fields)
            error = json.loads(body)["error"]
            self.assertEqual((status, error["param"]), (400, param), body)
            self.assertTrue(error["message"])

    def test_other_pages(self):
        def get(path):
            with urllib.request.urlopen(self.server.http + path, timeout=PATIENCE) as answer:
                return answer.read().decode()
        self.assertEqual([model["id"] for model in json.loads(get("/v1/models"))["data"]][-1], "whisper-1")
        self.assertTrue(get("/healthz").startswith("ok\n"))
        self.assertIn("FunASR", get("/"))
        with self.assertRaises(urllib.error.HTTPError) as refused:
            get("/nowhere")
        self.assertEqual(refused.exception.code, 404)


if __name__ == "__main__":
    unittest.main()
