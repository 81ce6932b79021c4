#!/usr/bin/python3
"""tools/bench speech --server: live transcription through sluice-transcribe --serve, by clients that speak in real time.

Each client talks as FunASR's own benchmark client does (its START/STOP protocol, frames of 60 ms, paced), and says all clips of
tools/bench speech with silence between, in an order of its own. It stops right after the last word.

FunASR's metrics, as its benchmark defines them: first_update_ms, from the first frame to the first result; final_after_stop_ms, from
STOP to the final result; client_response_lag_ms, when a result came, less the audio that the server had by then.
Stricter, for every utterance: first_text_ms after its onset, final_ms after its end, both where the energy of the clip says.
"""

import argparse
import asyncio
import json
import os
import random
import re
import subprocess
import sys
import time
import wave
from pathlib import Path

import speech

try:
    import websockets
except ImportError:
    sys.exit("the clients need python3-websockets: tools/setup test")

FRAME_S = 0.06
PATIENCE_S = 60


class Client:
    """One connection; events as speech.measure_stream takes them."""

    def __init__(self, path, truth):
        with wave.open(str(path)) as file:
            self.audio = file.readframes(int(truth[-1][1] * speech.RATE))  # up to the last word
        self.truth, self.events, self.lags = truth, [], []
        self.first_update = self.final_after_stop = None
        self.sentences = 0

    async def run(self, url, delay):
        await asyncio.sleep(delay)
        async with websockets.connect(url, ping_interval=None, max_size=None) as socket:
            await socket.send("START")
            assert json.loads(await socket.recv())["event"] == "started"
            self.start = time.monotonic()
            listening = asyncio.create_task(self.listen(socket))
            step = int(FRAME_S * speech.RATE) * 2
            for n, at in enumerate(range(0, len(self.audio), step), 1):
                await socket.send(self.audio[at:at + step])
                await asyncio.sleep(max(0, self.start + n * FRAME_S - time.monotonic()))
            self.stop = time.monotonic()
            await socket.send("STOP")
            await asyncio.wait_for(listening, PATIENCE_S)

    async def listen(self, socket):
        while True:
            message = json.loads(await socket.recv())
            at = time.monotonic()
            if message.get("event") == "stopped":
                return
            self.first_update = self.first_update or at - self.start
            if message["is_final"]:
                self.final_after_stop = at - self.stop
            else:
                self.lags.append(at - self.start - message["duration_ms"] / 1000)
            for sentence in message["sentences"][self.sentences:]:
                self.note(at, "final", sentence["text"], sentence["start"])
            self.sentences = len(message["sentences"])
            if message["partial"]:
                self.note(at, "partial", message["partial"], message["partial_start_ms"])

    def note(self, at, kind, text, start_ms):
        at -= self.start
        self.events.append((at, {"kind": kind, "text": text, "start": start_ms / 1000, "end": at, "segment": start_ms}))


def serve(program):
    server = subprocess.Popen([program, "--serve", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True)
    for line in server.stderr:
        if found := re.search(r"serving on (127\.0\.0\.1:\d+)", line):
            return server, f"ws://{found[1]}"
    sys.exit("the server did not start")


def resident_mb(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def cpu_s(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(program, streams):
    server, url = serve(program)
    clients = [Client(path, truth) for path, truth in streams]

    async def everybody():
        delays = random.Random(4)  # people do not begin at once
        before, start = cpu_s(server.pid), time.monotonic()
        await asyncio.gather(*(client.run(url, delays.uniform(0, 3)) for client in clients))
        return cpu_s(server.pid) - before, time.monotonic() - start
    try:
        cpu, wall = asyncio.run(everybody())
        rss = resident_mb(server.pid)
    finally:
        server.terminate()
        server.wait()
    parts = [speech.measure_stream(client.truth, client.events) for client in clients]
    merged = {key: sum((p[key] for p in parts), [] if isinstance(parts[0][key], list) else 0) for key in parts[0]}
    ms = lambda values, share: round(1000 * speech.percentile(values, share)) if values else None
    firsts, finals = [c.first_update for c in clients if c.first_update], [c.final_after_stop for c in clients]
    print(json.dumps({
        "run": "server", "clients": len(clients), "wer_percent": round(100 * merged["errors"] / merged["words"], 2),
        "first_update_ms": {"p50": ms(firsts, 0.5), "p95": ms(firsts, 0.95)},
        "final_after_stop_ms": {"p50": ms(finals, 0.5), "p95": ms(finals, 0.95)},
        "client_response_lag_ms": {"p95_max": max(ms(c.lags, 0.95) for c in clients)},
        "first_text_ms": {"p50": ms(merged["first"], 0.5), "p90": ms(merged["first"], 0.9)},
        "final_ms": {"p50": ms(merged["final"], 0.5), "p95": ms(merged["final"], 0.95)},
        "aggregate_audio_per_wall": round(sum(len(c.audio) for c in clients) / 2 / speech.RATE / wall, 2),
        "core_per_client": round(cpu / wall / len(clients), 4), "server_rss_mb": round(rss),
    }), flush=True)


def main():
    parser = argparse.ArgumentParser(prog="tools/bench speech --server", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transcribe", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--cache", required=True, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--shared", required=True, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--clients", default="1,12", help="how many at once, one run each")
    parser.add_argument("--clips", type=int, default=99, help="how many clips each client says")
    arguments = parser.parse_args()
    counts = [int(n) for n in arguments.clients.split(",")]
    streams = speech.make_streams(max(counts), arguments.cache, arguments.shared, arguments.clips)
    for count in counts:
        measure(arguments.transcribe, streams[:count])


if __name__ == "__main__":
    main()
