"""Sound for tests without a sound card: ALSA configurations of their own, and a PulseAudio server with a null sink."""
import array
import os
import random
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

SLUICE = str(Path(os.environ["SLUICE_BIN"]) / "sluice")
DATA = Path(os.environ["SLUICE_ROOT"]) / "tests" / "data"
RATE, CHANNELS = 48000, 2


def known_signal(seconds):
    """Left: seeded noise. Right: a frame counter. Every frame is unlike its neighbours."""
    generator = random.Random(7)
    return array.array("h", (value for n in range(seconds * RATE)
                             for value in (generator.randint(-32768, 32767), n & 0x7FFF)))


class Scratch(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.known = known_signal(4)
        self.environment = dict(os.environ, JACK_NO_START_SERVER="1")

    def alsa(self, text):
        config = self.folder / "asound.conf"
        config.write_text(text)
        self.environment["ALSA_CONFIG_PATH"] = str(config)

    def start(self, graph, *options):
        return subprocess.Popen([SLUICE, "run", "-e", graph, *options], env=self.environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run_graph(self, graph, *options, timeout=60):
        process = self.start(graph, *options)
        out, err = process.communicate(timeout=timeout)
        return process.returncode, out, err


class PulseServer(Scratch):
    def setUp(self):
        if not (shutil.which("pulseaudio") and shutil.which("paplay")):
            self.skipTest("pulseaudio is not installed (tools/setup test)")
        super().setUp()
        home = self.folder / "pulse"
        home.mkdir(mode=0o700)
        self.environment.update(HOME=str(home), XDG_RUNTIME_DIR=str(home), PULSE_RUNTIME_PATH=str(home))
        self.alsa('pcm.pulsemic { type pulse device "ci.monitor" }\npcm.default { type pulse device "ci.monitor" }\n')
        (self.folder / "known.s16").write_bytes(self.known.tobytes())
        self.server = subprocess.Popen(
            ["pulseaudio", "-n", "-F", str(DATA / "pulse_null_sink.pa"), "--exit-idle-time=-1", "--daemonize=no",
             "--use-pid-file=no", "--realtime=no", "--high-priority=no", "--log-level=error"],
            env=self.environment, stderr=subprocess.DEVNULL)
        self.addCleanup(self.end_server)
        deadline = time.monotonic() + 10
        while subprocess.run(["pactl", "info"], env=self.environment, capture_output=True).returncode:
            self.assertLess(time.monotonic(), deadline, "pulseaudio does not come up")
            time.sleep(0.05)

    def end_server(self):
        self.server.kill()
        self.server.wait()

    def play(self):
        return subprocess.Popen(["paplay", "--raw", f"--rate={RATE}", "--format=s16le", f"--channels={CHANNELS}",
                                 "--volume=65536", str(self.folder / "known.s16")],
                                env=self.environment, stderr=subprocess.DEVNULL)
