#!/usr/bin/python3
# ctest: TIMEOUT 300
"""Bad clients of the speech server: each is told what is wrong, and the others do not notice."""

import asyncio
import json
import os
import shutil
import socket as sockets
import ssl
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request
from pathlib import Path

from transcribe_rig import BIN, PATIENCE, RATE, Server, need_websockets, pcm, wav

need_websockets()
import websockets  # noqa: E402

MODELS = Path(os.environ.get("SLUICE_MODELS") or Path(os.environ["SLUICE_ROOT"], "build/models"))
GOOD = "Ask not what your country can do for you, ask."


async def good_client(url, pause=0.0, **connect):
    """A FunASR client that behaves; the text it was given."""
    async with websockets.connect(url, **connect) as socket:
        await socket.send(json.dumps({"mode": "2pass", "audio_fs": RATE, "is_speaking": True}))
        audio = pcm(6)
        for at in range(0, len(audio), 9600):
            await socket.send(audio[at:at + 9600])
            await asyncio.sleep(pause)
        await socket.send('{"is_speaking": false}')
        text = ""
        while True:
            message = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))
            text += message["text"] if message["mode"] == "2pass-offline" else ""
            if message["is_final"]:
                return text.replace("  ", " ")


async def told(url, *messages):
    """What a client hears that sends these, and how its connection ends."""
    heard = []
    async with websockets.connect(url, max_size=None) as socket:
        try:
            for message in messages:
                await socket.send(message)
            while True:
                heard.append(json.loads(await asyncio.wait_for(socket.recv(), PATIENCE)))
        except websockets.ConnectionClosed as closed:
            return heard, closed.code


class Limits(unittest.TestCase):
    def test_the_others_go_on_whatever_one_sends(self):
        async def all_of_them(url):
            good = [asyncio.create_task(good_client(url, 0.02)) for _ in range(3)]
            for first, code in (("hello", 1007), ("{\"mode\":", 1007), ("[]", 1007), (json.dumps({"audio_fs": 7}), 1003),
                                (json.dumps({"mode": "2pass", "wav_format": "mp3"}), 1003),
                                (json.dumps({"config": {"sample_rate": 0}}), 1003)):
                heard, closed = await told(url, first)
                self.assertEqual(closed, code, first)
                self.assertTrue(heard[-1].get("text") or heard[-1].get("error"), first)
            heard, closed = await told(url, b"x" * (2 * 1024 * 1024))
            self.assertEqual((heard, closed), ([], 1009))
            await self.vanish(url)
            return await asyncio.gather(*good)
        with Server() as server:
            texts = asyncio.run(asyncio.wait_for(all_of_them(server.url), 3 * PATIENCE))
            self.assertEqual(texts, [GOOD] * 3)
            asyncio.run(self.until_streams(server, 0))  # of those who left

    async def vanish(self, url):
        """In the middle of a stream, in the middle of a message, and without a farewell."""
        for _ in range(5):
            socket = await websockets.connect(url)
            await socket.send(json.dumps({"mode": "2pass"}))
            await socket.send(pcm(1))
            socket.transport.abort()
        host, port = url.removeprefix("ws://").split(":")
        for text in (b"GET / HTTP/1.1\r\nHost: x\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"POST /v1/audio/transcriptions HTTP/1.1\r\n"
                     b"Content-Length: 1000\r\n\r\nabc"):
            with sockets.create_connection((host, int(port)), PATIENCE) as plain:
                plain.sendall(text)

    async def until_streams(self, server, number):
        for _ in range(PATIENCE * 10):
            with urllib.request.urlopen(server.http + "/healthz", timeout=PATIENCE) as answer:
                if f"streams {number}\n" in answer.read().decode():
                    return
            await asyncio.sleep(0.1)
        self.fail(f"there never are {number} streams")

    def test_an_upload_may_be_no_longer_than_a_stream(self):
        with Server("--max-stream-time", "30") as server, tempfile.TemporaryDirectory() as folder:
            for seconds, form, status in ((20, (), "200"), (40, (), "413"), (40, ("-F", "stream=true"), "200")):
                talk = wav(Path(folder, "talk.wav"), seconds)
                sent = subprocess.run(["curl", "-s", "-w", "%{http_code}", "-F", f"file=@{talk}", *form,
                                       server.http + "/v1/audio/transcriptions"],
                                      capture_output=True, text=True, check=True, timeout=PATIENCE)
                self.assertTrue(sent.stdout.endswith(status), sent.stdout)
                self.assertEqual("more than 30 s of audio" in sent.stdout, seconds > 30, sent.stdout)
            asyncio.run(self.until_streams(server, 0))

    def test_an_upload_is_given_up_when_its_client_goes_and_when_the_server_stops(self):
        with Server() as usual:
            slow = "pace -> scripted: " + usual.arguments[usual.arguments.index("--recogniser") + 1]
            with Server(recogniser=slow) as server, tempfile.TemporaryDirectory() as folder:
                talk = wav(Path(folder, "talk.wav"), 10 * PATIENCE)
                for form in ((), ("-F", "stream=true")):
                    upload = subprocess.Popen(["curl", "-s", "-F", f"file=@{talk}", *form, server.http + "/v1/audio/transcriptions"],
                                              stdout=subprocess.DEVNULL)
                    asyncio.run(self.until_streams(server, 1))
                    upload.kill()
                    upload.wait()
                    asyncio.run(self.until_streams(server, 0))
                upload = subprocess.Popen(["curl", "-s", "-F", f"file=@{talk}", server.http + "/v1/audio/transcriptions"])
                asyncio.run(self.until_streams(server, 1))
            upload.wait(PATIENCE)  # the server has ended in time, or its context had failed

    def test_there_are_only_so_many_streams(self):
        async def two_at_a_time(url):
            async with websockets.connect(url) as first:
                await first.send(json.dumps({"mode": "2pass"}))
                await first.send(pcm(1.5))
                await asyncio.wait_for(first.recv(), PATIENCE)  # it has its place
                self.assertEqual((await told(url, b"\0\0"))[1], 1013)
                heard, code = await told(url, json.dumps({"uid": "me"}), b"\0\0\0\0")
                self.assertEqual((heard[-1], code), ({"uid": "me", "status": "WAIT", "message": 1.0}, 1013))
            for _ in range(PATIENCE * 10):  # and gives it back
                try:
                    return await good_client(url)
                except websockets.ConnectionClosed:
                    await asyncio.sleep(0.1)
        with Server("--max-streams", 1) as server:
            self.assertEqual(asyncio.run(asyncio.wait_for(two_at_a_time(server.url), 3 * PATIENCE)), GOOD)

    def test_a_stream_has_a_length(self):
        with Server("--max-stream-time", 2) as server:
            heard, code = asyncio.run(told(server.url, json.dumps({"mode": "2pass"}), pcm(1.5), pcm(1.5)))
            self.assertEqual(code, 1008)
            self.assertIn("longer than is allowed", heard[-1]["text"])

    def test_a_recogniser_that_fails_is_told_to_its_client(self):
        with Server() as good:
            script = next(argument for argument in good.arguments if "script=" in str(argument))
            with Server(recogniser=script.replace(")", ", fails_at=1 s)")) as server:
                heard, code = asyncio.run(told(server.url, json.dumps({"mode": "2pass"}), pcm(3)))
                self.assertEqual(code, 1013)
                self.assertIn("fails as it was told to", heard[-1]["text"])

    def test_without_its_model_or_with_half_of_it_the_server_does_not_begin(self):
        with tempfile.TemporaryDirectory() as folder:
            whole = MODELS / "moonshine-tiny-en/encoder.onnx"
            Path(folder, "encoder.onnx").write_bytes(whole.read_bytes()[:100000] if whole.exists() else b"")
            for model, message in (("no-such-model", "tools/setup models"), (folder, "damaged" if whole.exists() else "tools/setup models")):
                run = subprocess.run([BIN / "sluice-transcribe", "--serve", "127.0.0.1:0", "--recogniser", f'asr.two_pass(model="{model}")'],
                                     capture_output=True, text=True, timeout=PATIENCE, check=False)
                self.assertEqual(run.returncode, 1, run.stderr)
                self.assertIn(message, run.stderr)

    def test_text_in_place_of_audio_ends_the_stream_of_its_client_only(self):
        async def both(url):
            good = asyncio.create_task(good_client(url, 0.01))
            heard, code = await told(url, json.dumps({"mode": "2pass"}), pcm(1), b"", "RIFF and so on")
            self.assertEqual((code, heard[-1]["is_final"]), (1007, True))
            return await good
        with Server() as server:
            self.assertEqual(asyncio.run(asyncio.wait_for(both(server.url), 2 * PATIENCE)), GOOD)

    def test_a_token_is_asked_for(self):
        with Server(environment={"SLUICE_TRANSCRIBE_TOKEN": "open sesame"}) as server:
            with self.assertRaises(websockets.InvalidStatusCode) as refused:
                asyncio.run(good_client(server.url))
            self.assertEqual(refused.exception.status_code, 401)
            with self.assertRaises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(server.http + "/v1/models", timeout=PATIENCE)
            self.assertEqual(refused.exception.code, 401)

            async def with_token():
                async with websockets.connect(server.url, extra_headers={"Authorization": "Bearer open sesame"}) as socket:
                    await socket.send("START")
                    return json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))
            self.assertEqual(asyncio.run(with_token()), {"event": "started"})

    @unittest.skipUnless(shutil.which("openssl"), "openssl is not installed")
    def test_with_a_certificate_every_connection_is_encrypted(self):
        with tempfile.TemporaryDirectory() as folder:
            certificate, key = Path(folder, "cert.pem"), Path(folder, "key.pem")
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "1",
                            "-out", certificate, "-keyout", key], check=True, capture_output=True)
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # as FunASR's clients have it
            with Server("--tls-cert", certificate, "--tls-key", key) as server:
                url = server.url.replace("ws:", "wss:")
                self.assertEqual(asyncio.run(asyncio.wait_for(good_client(url, ssl=context), 2 * PATIENCE)), GOOD)
                page = server.http.replace("http:", "https:") + "/healthz"
                with urllib.request.urlopen(page, timeout=PATIENCE, context=context) as answer:
                    self.assertTrue(answer.read().startswith(b"ok"))
                with self.assertRaises((OSError, websockets.InvalidMessage)):
                    asyncio.run(asyncio.wait_for(good_client(server.url), PATIENCE))


if __name__ == "__main__":
    unittest.main()
