"""What the network tests share: a running radio, a free port, judging a tone, skipping where a peer is missing."""
import json
import math
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.request
import wave

BIN = pathlib.Path(os.environ["SLUICE_BIN"])
ROOT = pathlib.Path(os.environ["SLUICE_ROOT"])
TONE_HZ = 1000


def need(*programs):
    """Ends the script as skipped unless all programs are installed."""
    missing = [program for program in programs if not shutil.which(program)]
    if missing:
        print("SKIPPED: not installed: " + ", ".join(missing))
        sys.exit(77)


def check(holds, what):
    print(("ok: " if holds else "FAILED: ") + what)
    if not holds:
        sys.exit(1)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what, seconds=20):
    """Polls `condition` until it gives something true, which is returned."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        result = condition()
        if result:
            print("ok: " + what)
            return result
        time.sleep(0.05)
    check(False, f"{what} within {seconds} s")


def fetch(url):
    """The body of a page, or nothing while the server is not there."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.read()
    except OSError:
        return None


class Radio:
    """`sluice run` on a paced 1 kHz tone, encoded, into `sink`; its output in `log` files of `folder`."""

    def __init__(self, sink, folder, environment=None):
        self.out, self.err = pathlib.Path(folder, "sluice.out"), pathlib.Path(folder, "sluice.err")
        line = f"tone(freq={TONE_HZ}, level=-12) -> pace -> mp3.encode(bitrate=128, info_tag=false) -> {sink}"
        with self.out.open("w") as out, self.err.open("w") as err:
            self.process = subprocess.Popen([BIN / "sluice", "run", "-e", line, "--for", "150s", "--json"], stdout=out,
                                            stderr=err, env=os.environ | (environment or {}))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def said(self, text):
        return text in self.err.read_text()

    def stop(self):
        """Ctrl-C; the report it ends with."""
        self.process.send_signal(signal.SIGINT)
        check(self.process.wait(20) == 0, "the radio ends with status 0")
        return json.loads(self.out.read_text())


def tone_share(path, skip_s=0.5):
    """Share of a WAV file's energy (first channel, after `skip_s`) that is the test tone, by one DFT bin."""
    with wave.open(str(path)) as sound:
        rate, channels = sound.getframerate(), sound.getnchannels()
        samples = struct.unpack(f"<{sound.getnframes() * channels}h", sound.readframes(sound.getnframes()))[::channels]
    samples = samples[int(skip_s * rate):][:rate]
    check(len(samples) == rate, f"{path.name}: long enough")
    step = 2 * math.pi * TONE_HZ / rate
    real = sum(x * math.cos(step * n) for n, x in enumerate(samples))
    imaginary = sum(x * math.sin(step * n) for n, x in enumerate(samples))
    energy = sum(x * x for x in samples)
    return 2 * (real * real + imaginary * imaginary) / (len(samples) * energy) if energy else 0


def play_with_mpg123(url, folder, from_frame_edge=True):
    """Two seconds of a stream through mpg123, which must find nothing to complain of if it joins at a frame's edge."""
    path = pathlib.Path(folder, "mpg123.wav")
    done = subprocess.run(["mpg123", "-n", "80", "-w", path, url], capture_output=True, text=True, timeout=60)
    complaints = [line for line in done.stderr.splitlines() if "error" in line.lower() or "warning" in line.lower()]
    check(done.returncode == 0 and not (complaints and from_frame_edge), f"mpg123 plays {url} {' '.join(complaints)}")
    check(tone_share(path) > 0.999, "mpg123 hears the tone and nothing else")


def play_with_ffmpeg(url, folder, from_frame_edge=True):
    """The same through ffmpeg."""
    path = pathlib.Path(folder, "ffmpeg.wav")
    done = subprocess.run(["ffmpeg", "-v", "warning", "-y", "-t", "2", "-i", url, path], capture_output=True, text=True,
                          timeout=60)
    check(done.returncode == 0 and not (done.stderr and from_frame_edge), f"ffmpeg plays {url} {done.stderr}")
    check(tone_share(path) > 0.999, "ffmpeg hears the tone and nothing else")
