#!/usr/bin/python3
"""tools/bench soak --transcribe: one client talks to sluice-transcribe --serve for hours of audio, as fast as it is taken.

Real speech (the clips of tools/bench speech) with silences between, again and again, by FunASR's 2pass protocol; a round of the clips
begins when the last final of the round before has come. At every tenth of the session: the server's memory, open files and CPU per
minute of audio, and its lag, from when all of a round was sent to its last final. Exit status 1 when between the time that memory has
settled (SETTLED_S) and the end it grew by more than --growth, a file stayed open, or the lag grew by more than --lag; when a round has a
single word that is not the first round's, or, from the third on, a sentence, a sign or a time within the round (to a millisecond) that
is not the second's; or when of the second half --worse more of the words are wrong than of the first.

A round is a whole number of the voice detector's frames, so that all rounds lie on its frames alike, and what is written for the same
audio may depend on nothing that a session gathers. Were it not so, each round would be cut a few milliseconds elsewhere, and the model
writes other words for that: how many, `tools/bench speech --runs phases` tells. The first round alone begins without a sound before it.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
import wave
from pathlib import Path

import speech
import speech_server
from speech_server import cpu_s, resident_mb, websockets

SETTLED_S = 600  # of audio, or half of a shorter session: by then every worker has decoded long and short utterances
FRAME = 9600 * 2  # bytes: 0.6 s, as FunASR's clients send


class Session:
    def __init__(self, server, path, truth, minutes):
        self.server, self.minutes = server, minutes
        with wave.open(str(path)) as file:
            audio = file.readframes(file.getnframes())
        self.round = audio + bytes(-len(audio) % (2 * speech.VAD_FRAME))
        self.round_s = len(self.round) / 2 / speech.RATE
        self.last_word_s = truth[-1][1] - 0.7  # of a round: its last final ends after this
        self.reference = [word for _, _, text in truth for word in speech.words_of(text)]
        self.told_s, self.told = 0.0, asyncio.Event()
        self.lags, self.tenths, self.words, self.finals, self.cpu_s = [], [], [], [], 0.0

    async def run(self, url):
        async with websockets.connect(url, ping_interval=None, max_size=None) as socket:
            await socket.send(json.dumps({"mode": "2pass", "audio_fs": speech.RATE, "wav_name": "soak", "wav_format": "pcm",
                                          "is_speaking": True, "timestamps": True}))
            listening = asyncio.create_task(self.listen(socket))
            rounds = max(10, round(self.minutes * 60 / self.round_s))
            for number in range(rounds):
                self.words.append([])
                self.finals.append([])
                await self.say_round(socket, number * self.round_s + self.last_word_s)
                if (number + 1) * 10 // rounds > len(self.tenths):
                    self.note_tenth((number + 1) * self.round_s)
            await socket.send('{"is_speaking": false}')
            await listening

    async def say_round(self, socket, until_s):
        for at in range(0, len(self.round), FRAME):
            await socket.send(self.round[at:at + FRAME])
        sent = time.monotonic()
        while self.told_s < until_s:
            self.told.clear()
            await asyncio.wait_for(self.told.wait(), 5 * speech_server.PATIENCE_S)
        self.lags.append(time.monotonic() - sent)

    async def listen(self, socket):
        while True:
            message = json.loads(await socket.recv())
            if sentences := message.get("stamp_sents"):
                self.note_final(sentences[-1])
                self.told_s = sentences[-1]["end"] / 1000
                self.told.set()
            if message["is_final"]:
                return

    def note_final(self, sentence):
        begun_ms = round(1000 * self.round_s * (len(self.finals) - 1))
        self.words[-1] += speech.words_of(sentence["text_seg"])
        self.finals[-1].append((sentence["start"] - begun_ms, sentence["end"] - begun_ms, sentence["text_seg"]))

    def word_error_rates(self):
        """Of the first half of the rounds and of the second."""
        errors = [speech.distance(self.reference, words) for words in self.words]
        half = len(errors) // 2
        return [statistics.mean(part) / len(self.reference) for part in (errors[:half], errors[half:])]

    def words_apart(self):
        """Of each round from the first, together."""
        return sum(speech.distance(self.words[0], other) for other in self.words[1:])

    def rounds_unlike(self):
        """Rounds from the third on of which a sentence, a sign or a time is not the second's."""
        return sum(finals != self.finals[1] for finals in self.finals[2:])

    def note_tenth(self, audio_s):
        files = len(os.listdir(f"/proc/{self.server.pid}/fd"))
        lag = statistics.median(self.lags)
        cpu = cpu_s(self.server.pid)
        share = (cpu - self.cpu_s) / (audio_s - (self.tenths[-1][4] if self.tenths else 0))
        self.tenths.append((resident_mb(self.server.pid), files, lag, share, audio_s))
        self.lags, self.cpu_s = [], cpu
        print(f"{audio_s / 60:7.1f} min  resident {self.tenths[-1][0]:6.1f} MB  {files} files  {60 * share:5.2f} s CPU a minute  "
              f"lag {lag:5.2f} s", flush=True)


def faults_of(session, limits):
    settled = next((tenth for tenth in session.tenths if tenth[4] >= SETTLED_S), session.tenths[4])
    (early_mb, early_files, early_lag, *_), (late_mb, late_files, late_lag, *_) = settled, session.tenths[-1]
    if late_mb - early_mb > limits.growth:
        yield f"memory grew from {early_mb:.1f} to {late_mb:.1f} MB"
    if late_files > early_files:
        yield f"{late_files - early_files} more files are open"
    if late_lag - early_lag > limits.lag:
        yield f"the lag grew from {early_lag:.1f} to {late_lag:.1f} s"
    if apart := session.words_apart():
        yield f"the rounds differ from the first by {apart} words"
    if unlike := session.rounds_unlike():
        yield f"{unlike} rounds are not the second's, sign for sign and time for time"
    early, late = session.word_error_rates()
    if late - early > limits.worse:
        yield f"the word error rate grew from {100 * early:.1f} to {100 * late:.1f} %"


def main():
    parser = argparse.ArgumentParser(prog="tools/bench soak --transcribe", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transcribe", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--cache", required=True, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--shared", required=True, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--minutes", type=float, default=120, help="of audio")
    parser.add_argument("--growth", type=float, default=8,
                        help="MB: the C library's arenas; a leak of one utterance's audio in a hundred passes it within two hours")
    parser.add_argument("--lag", type=float, default=5, help="s that it may grow: others may use the machine too")
    parser.add_argument("--worse", type=float, default=0.01, help="by which the word error rate may grow")
    parser.add_argument("--clips", type=int, default=99, help="how many clips make a round")
    arguments = parser.parse_args()
    path, truth = speech.make_streams(1, arguments.cache, arguments.shared, arguments.clips)[0]
    server, url = speech_server.serve(arguments.transcribe)
    session = Session(server, path, truth, arguments.minutes)
    start = time.monotonic()
    try:
        asyncio.run(session.run(url))
    finally:
        server.terminate()
        server.wait()
    elapsed = time.monotonic() - start
    faults = list(faults_of(session, arguments))
    audio_s = session.tenths[-1][4]
    print(json.dumps({"run": "soak", "audio_min": round(audio_s / 60, 1), "wall_min": round(elapsed / 60, 1),
                      "times_real_time": round(audio_s / elapsed, 1), "words": sum(map(len, session.words)),
                      "rounds": len(session.words), "words_apart": session.words_apart(), "rounds_unlike": session.rounds_unlike(),
                      "wer_percent": [round(100 * rate, 2) for rate in session.word_error_rates()],
                      "resident_mb": [round(tenth[0], 1) for tenth in session.tenths],
                      "lag_s": [round(tenth[2], 2) for tenth in session.tenths],
                      "cpu_s_per_min": [round(60 * tenth[3], 2) for tenth in session.tenths], "faults": faults}), flush=True)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
