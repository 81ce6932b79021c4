#!/usr/bin/env python3
"""Sound devices without a sound card: PortAudio on ALSA's file plugin, and on the monitor of a PulseAudio null sink.

The file plugin is not paced: it delivers seconds in milliseconds, so the capture buffer takes the whole test. It takes the
file for the format that is opened, which is float. The monitor is paced by the server's timer, as a microphone is.
"""
# ctest: TIMEOUT 180 RUN_SERIAL TRUE
import array
import json
import sys
import time
import unittest
from pathlib import Path

from sound_rig import CHANNELS, RATE, SLUICE, PulseServer, Scratch

FRAME = 2 * CHANNELS  # bytes, 16 bit


def samples_of_wav(path):
    return Path(path).read_bytes()[44:]


class AlsaFile(Scratch):
    def setUp(self):
        super().setUp()
        self.floats = array.array("f", (x / 32768 for x in self.known)).tobytes()
        (self.folder / "known.f32").write_bytes(self.floats)

    def test_capture_is_bit_exact(self):
        self.alsa('pcm.null { type null }\n'
                  f'pcm.filemic {{ type file slave.pcm "null" file /dev/null format raw infile "{self.folder}/known.f32" }}\n'
                  'pcm.default { type plug slave.pcm "filemic" }\n')
        wav = self.folder / "out.wav"
        status, _, err = self.run_graph(
            f"audio.capture(device=filemic, rate=48000, channels=2, duration=3 s, buffer=4 s) -> file.write({wav})")
        self.assertEqual(status, 0, err)
        self.assertEqual(samples_of_wav(wav), self.known.tobytes()[:3 * RATE * FRAME])

    def test_playback_is_bit_exact(self):
        self.alsa('pcm.null { type null }\n'
                  f'pcm.filespk {{ type file slave.pcm "null" file "{self.folder}/played.f32" format raw truncate 1 }}\n'
                  'pcm.default { type plug slave.pcm "filespk" }\n')
        # The buffer starts to play when half full or complete: the whole signal goes out in one piece.
        status, _, err = self.run_graph(f'file.read({self.folder}/known.f32, raw="f32le:48000:2")'
                                        ' -> audio.playback(device=filespk, buffer=10 s)')
        self.assertEqual(status, 0, err)
        played = (self.folder / "played.f32").read_bytes()
        self.assertGreaterEqual(played.find(self.floats), 0)

    def test_an_absent_device_is_one_error_that_lists_the_others(self):
        self.alsa('pcm.null { type null }\npcm.studio { type plug slave.pcm "null" }\n'
                  'pcm.default { type plug slave.pcm "null" }\n')
        status, out, err = self.run_graph("audio.capture(device=webcam) -> discard")
        self.assertEqual(status, 1)
        self.assertEqual(out, "")
        self.assertIn("no capture device is called 'webcam'", err)
        self.assertIn("studio", err)
        self.assertNotIn("ALSA lib", err)  # the drivers' own noise is held back

    def test_a_machine_without_devices_is_one_error_with_a_remedy(self):
        if Path("/proc/asound/cards").exists() and "no soundcards" not in Path("/proc/asound/cards").read_text():
            self.skipTest("this machine has a sound card")
        del self.environment["JACK_NO_START_SERVER"]
        self.environment.pop("ALSA_CONFIG_PATH", None)
        self.environment.update(HOME=str(self.folder), XDG_RUNTIME_DIR=str(self.folder), PULSE_SERVER="/nonexistent")
        status, _, err = self.run_graph("audio.capture -> discard")
        self.assertEqual(status, 1)
        self.assertEqual(err.count("\n"), 1, err)
        self.assertIn("no audio capture device", err)


class PulseMonitor(PulseServer):
    def test_live_capture_is_paced_and_bit_exact(self):
        wav = self.folder / "out.wav"
        begin = time.monotonic()
        capture = self.start(f"audio.capture(device=pulsemic, rate=48000, channels=2, duration=4 s) -> file.write({wav})",
                             "--json")
        player = self.play()  # an idle null sink delivers nothing: its first sound starts the capture
        out, err = capture.communicate(timeout=60)
        elapsed = time.monotonic() - begin
        player.kill()
        player.wait()
        self.assertEqual(capture.returncode, 0, err)
        counters = json.loads(out)["nodes"]["capture"]["counters"]
        self.assertGreater(elapsed, 3.9)
        self.assertEqual(counters["lost_frames"], 0)
        captured, known = samples_of_wav(wav), self.known.tobytes()
        self.assertEqual(len(captured), 4 * RATE * FRAME)
        matching, possible = match(captured, known)
        self.assertEqual(matching, possible, "frames that match in one piece, from the first sound on")
        self.assertGreater(matching, RATE)

    def test_a_server_that_dies_is_one_error_and_no_hang(self):
        raw = self.folder / "out.raw"
        capture = self.start(f"audio.capture(device=pulsemic, rate=48000, channels=2, timeout=5 s) -> file.write({raw}, format=raw)")
        player = self.play()
        deadline = time.monotonic() + 60
        while not raw.exists() or raw.stat().st_size == 0:  # until sound has come
            self.assertIsNone(capture.poll())
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        begin = time.monotonic()
        self.end_server()
        _, err = capture.communicate(timeout=30)
        player.wait()
        self.assertEqual(capture.returncode, 1)
        self.assertLess(time.monotonic() - begin, 10)
        self.assertIn("pulsemic delivers no sound any more", err)


def match(captured, known):
    """Frames from the first sound in `captured` on that are those of `known`, and how many there could be."""
    first = next((n for n in range(0, len(captured), FRAME) if any(captured[n:n + FRAME])), len(captured))
    at = known.find(captured[first:first + 8 * FRAME])
    possible = min(len(captured) - first, len(known) - at)
    count = 0
    while at >= 0 and count < possible and captured[first + count:first + count + FRAME] == known[at + count:at + count + FRAME]:
        count += FRAME
    return count // FRAME, possible // FRAME


if __name__ == "__main__":
    if not Path(SLUICE).exists():
        sys.exit(77)
    unittest.main(verbosity=2)
