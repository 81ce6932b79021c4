#!/usr/bin/python3
# ctest: TIMEOUT 300
"""FunASR's clients against our server: what the stock Python, C++ and html5 clients send, and what they make of replies."""

import asyncio
import json
import unittest

from transcribe_rig import PATIENCE, RATE, Server, need_websockets, pcm

need_websockets()
import websockets  # noqa: E402

TEXT = "Ask not what your country can do for you, {} ask."


def config(**more):
    """The first message of funasr_wss_client.py."""
    return json.dumps({"mode": "2pass", "chunk_size": [5, 10, 5], "chunk_interval": 10, "encoder_chunk_look_back": 4,
                       "decoder_chunk_look_back": 0, "audio_fs": RATE, "wav_name": "demo", "wav_format": "pcm",
                       "is_speaking": True, "hotwords": "", "itn": True, **more}, ensure_ascii=False)


class Shown:
    """What a client puts together of the messages, as the stock ones do."""

    def __init__(self):
        self.messages = []
        self.online = self.offline = ""
        self.deltas = 0

    def take(self, text):
        message = json.loads(text)
        self.messages.append(message)
        if message["mode"] == "2pass-online":
            self.online += message["text"]
            self.deltas += 1
        elif message["mode"] == "2pass-offline":
            self.online = ""
            self.offline += message["text"]
        else:
            self.offline += message["text"]
        return message

    def finals(self):
        return sum(message["is_final"] for message in self.messages)


async def python_client(url, stride=1920, seconds=6, protocols=("binary",), first=None, end=None, streams=1):
    """As funasr_wss_client.py: after its end it waits for the acknowledgement, and may begin again."""
    shown = Shown()
    async with websockets.connect(url, subprotocols=list(protocols), ping_interval=None) as socket:
        shown.protocol = socket.subprotocol
        for _ in range(streams):
            await socket.send(first or config())
            audio = pcm(seconds)
            for at in range(0, len(audio), stride):
                await socket.send(audio[at:at + stride])
                await asyncio.sleep(0)
            await socket.send(end or json.dumps({"is_speaking": False, "is_end": True}))
            while not shown.take(await asyncio.wait_for(socket.recv(), PATIENCE)).get("is_end"):
                pass
    return shown


async def cpp_client(url, frame=204800):
    """As funasr-wss-client-2pass.cpp: frames back to back, closes at the first is_final."""
    shown = Shown()
    async with websockets.connect(url, subprotocols=["binary"]) as socket:
        await socket.send(json.dumps({"mode": "2pass", "chunk_size": [5, 10, 5], "wav_name": "demo", "wav_format": "pcm",
                                      "audio_fs": 16000.0, "is_speaking": True, "hotwords": "{\"阿里巴巴\":20}",
                                      "itn": True}, ensure_ascii=False))
        audio = pcm(6)
        for at in range(0, len(audio), frame):
            await socket.send(audio[at:at + frame])
        await socket.send('{"is_speaking":false}')
        while not shown.take(await asyncio.wait_for(socket.recv(), PATIENCE))["is_final"]:
            pass
    return shown


class FunAsr(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.__exit__)

    def run_client(self, client, *arguments, **named):
        return asyncio.run(asyncio.wait_for(client(self.server.url, *arguments, **named), 2 * PATIENCE))

    def test_the_python_client_gets_its_text_and_its_acknowledgement(self):
        shown = self.run_client(python_client)
        self.assertEqual(shown.offline, TEXT.format("").replace("  ", " "))
        self.assertEqual(shown.protocol, "binary")
        self.assertGreaterEqual(shown.deltas, 2)
        self.assertEqual(shown.finals(), 1)
        self.assertTrue(all(message["wav_name"] == "demo" for message in shown.messages))

    def test_agreed_words_are_what_the_final_begins_with(self):
        shown = self.run_client(python_client)
        online = ""
        for message in shown.messages:
            if message["mode"] == "2pass-online":
                online += message["text"]
            elif message["text"]:
                self.assertTrue(message["text"].lstrip().startswith(online.lstrip().split(" ")[0]), (online, message))
                online = ""

    def test_one_connection_takes_one_stream_after_another(self):
        shown = self.run_client(python_client, streams=3)
        self.assertEqual(shown.finals(), 3)
        self.assertEqual(shown.offline.count("Ask not what your country"), 3)

    def test_frames_may_be_of_any_size(self):
        for stride in (2001, 960, 64000):
            shown = self.run_client(python_client, stride=stride)
            self.assertIn("can do for you,", shown.offline, stride)

    def test_the_cpp_client_sends_without_pause_and_closes_at_the_first_final(self):
        shown = self.run_client(cpp_client)
        self.assertEqual(shown.offline, TEXT.format("阿里巴巴"))
        self.assertTrue(all("is_end" not in message for message in shown.messages))

    def test_the_html5_client_finds_no_timestamp_that_it_would_stumble_over(self):
        shown = self.run_client(python_client)
        self.assertFalse([message for message in shown.messages if "timestamp" in message])

    def test_timestamps_are_a_string_with_a_pair_for_each_word(self):
        shown = self.run_client(python_client, first=config(timestamps=True))
        timed = [message for message in shown.messages if "timestamp" in message]
        self.assertEqual(len(timed), 2)
        for message in timed:
            self.assertIsInstance(message["timestamp"], str)
            self.assertEqual(len(json.loads(message["timestamp"])), len(message["text"].split()))

    def test_hotwords_come_in_every_shape(self):
        for hotwords, heard in (('{"阿里巴巴":20}', "阿里巴巴"), ('{"thin sheet":"30"}', "thin sheet:1.5"), ("tear,thin sheet", "tear, thin sheet"),
                                ("tear sheet", "tear, sheet")):
            shown = self.run_client(python_client, first=config(hotwords=hotwords))
            self.assertEqual(shown.offline, TEXT.format(heard), hotwords)

    def test_other_modes(self):
        online = self.run_client(python_client, first=config(mode="online"))
        self.assertEqual({message["mode"] for message in online.messages}, {"online"})
        self.assertEqual(len(online.offline.split()), len(TEXT.format("").split()))
        offline = self.run_client(python_client, first=config(mode="offline"))
        self.assertEqual([message["mode"] for message in offline.messages], ["offline"])
        self.assertEqual(offline.offline, TEXT.format("").replace("  ", " "))

    def test_another_rate_is_resampled(self):
        shown = self.run_client(python_client, seconds=12, first=config(audio_fs=8000))  # 12 s of 16 kHz are 24 of 8 kHz
        self.assertEqual(shown.finals(), 1)
        self.assertIn("can do for you,", shown.offline)

    def test_a_client_without_subprotocol_gets_none(self):
        async def client(url):
            async with websockets.connect(url) as socket:
                return socket.subprotocol
        self.assertIsNone(self.run_client(client))

    def test_silence_ends_with_one_empty_final(self):
        shown = self.run_client(python_client, seconds=0.1)
        self.assertEqual([(message["text"], message["is_final"]) for message in shown.messages], [("", True)])


if __name__ == "__main__":
    unittest.main()
