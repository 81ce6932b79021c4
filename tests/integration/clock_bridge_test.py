#!/usr/bin/env python3
"""Two sound devices with clocks of their own, a bridge between them: the monitor of one PulseAudio null sink is heard on
another. Each sink is paced by a timer of the server's, in its own rhythm.
"""
# ctest: TIMEOUT 120
import json
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

from sound_rig import CHANNELS, RATE, SLUICE, PulseServer

DELAY = 0.15  # s: the server's timers come in bursts of tens of milliseconds
BRIDGED = (f"audio.capture(device=pulsemic, rate={RATE}, channels={CHANNELS}, duration=DURATION s, latency=20 ms)"
           f" -> bridge: clock.bridge(delay={DELAY} s) -> audio.playback(device=pulseout, buffer=100 ms, latency=20 ms)")


class TwoSinks(PulseServer):
    def setUp(self):
        super().setUp()
        subprocess.run(["pactl", "load-module", "module-null-sink", "sink_name=other", f"rate={RATE}", "channels=2"],
                       env=self.environment, check=True, capture_output=True)
        self.alsa('pcm.pulsemic { type pulse device "ci.monitor" }\npcm.pulseout { type pulse device "other" }\n'
                  'pcm.default { type pulse device "ci.monitor" }\n')
        self.player = subprocess.Popen(
            [SLUICE, "run", "-e", f"tone(rate={RATE}, level=-6) -> file.write(-, format=raw, subtype=s16)"],
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.sound = subprocess.Popen(["paplay", "--raw", f"--rate={RATE}", "--format=s16le", "--channels=2"],
                                      env=self.environment, stdin=self.player.stdout, stderr=subprocess.DEVNULL)
        self.addCleanup(self.silence)

    def silence(self):
        for process in (self.sound, self.player):
            process.kill()
            process.wait()
        self.player.stdout.close()

    def bridged(self, seconds):
        process = self.start(BRIDGED.replace("DURATION", str(seconds)), "--json")
        out, err = process.communicate(timeout=90)
        self.assertEqual(process.returncode, 0, err)
        nodes = json.loads(out)["nodes"]
        counters = nodes["bridge"]["counters"]
        faults = counters["xruns"] + counters["resyncs"] + nodes["playback"]["counters"]["xruns"]
        print(f"{seconds} s: ratio {counters['ratio_ppm']:.0f} ppm, delay {counters['delay_s'] * 1e3:.1f} ms, {faults:.0f} faults, "
              f"{counters['dropped_frames']:.0f} frames dropped")
        return counters, faults

    def test_delay_is_steady_and_faults_do_not_grow(self):
        counters, faults = self.bridged(4)
        longer, more = self.bridged(12)
        for found in (counters, longer):
            self.assertLess(abs(found["delay_s"] - DELAY), 0.05)
            self.assertLess(abs(found["ratio_ppm"]), 5000.1)
        # A busy machine starves the server now and then; one fault a second would be the bridge's own.
        self.assertLess(more - faults, 8)

    def test_two_devices_without_a_bridge_are_refused_and_bridged_on_demand(self):
        graph = "audio.capture(device=pulsemic) -> audio.playback(device=pulseout)"
        check = subprocess.run([SLUICE, "check", "-e", graph], env=self.environment, capture_output=True, text=True)
        self.assertEqual(check.returncode, 2)
        for words in ("'audio device pulsemic'", "'audio device pulseout'", "put 'clock.bridge' between them", "auto_convert"):
            self.assertIn(words, check.stderr)


if __name__ == "__main__":
    if not Path(SLUICE).exists() or not (shutil.which("pulseaudio") and shutil.which("pactl")):
        print("SKIPPED: no PulseAudio (tools/setup test)")
        sys.exit(77)
    unittest.main(verbosity=2)
