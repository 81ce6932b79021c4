#!/usr/bin/env python3
# ctest: TIMEOUT 300
"""sluice record and sluice replay: what a live graph wrote comes again, bit by bit, as often as one likes."""

import json
import os
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from radio_rig import free_port

SLUICE = Path(os.environ["SLUICE_BIN"], "sluice")


def sluice(*arguments, expect=0):
    run = subprocess.run([SLUICE, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120)
    if run.returncode != expect:
        raise AssertionError(f"sluice {' '.join(map(str, arguments))}: {run.returncode}\n{run.stdout}{run.stderr}")
    return run


class Replay(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = Path(self.temporary.name)
        self.recording = self.folder / "run.sluicerec"
        self.out = self.folder / "out"

    def tearDown(self):
        self.temporary.cleanup()

    def record(self, line, *arguments):
        return sluice("record", "-o", self.recording, "-e", line.replace("OUT", str(self.out)), *arguments)

    def replay(self, *arguments):
        """What the sink writes this time."""
        self.out.unlink()
        self.said = sluice("replay", self.recording, *arguments)
        return self.out.read_bytes()

    def expect_the_same_twice(self, line, *arguments):
        self.record(line, *arguments)
        recorded = self.out.read_bytes()
        self.assertGreater(len(recorded), 1000)
        self.assertEqual(self.replay(), recorded)
        self.assertEqual(self.replay(), recorded)
        self.assertNotIn("warning", self.said.stderr, "in virtual time nothing comes late, whatever the system permits")

    def test_a_paced_tone(self):
        self.expect_the_same_twice("tone(duration=700 ms) -> pace -> gain(-3 dB) -> file.write(OUT, format=wav)")

    def test_a_tone_that_is_stopped_while_it_sounds(self):
        self.expect_the_same_twice("noise(seed=3) -> pace -> file.write(OUT, format=raw)", "--for", "600 ms")

    def test_a_paced_file_as_mp3_when_the_file_is_gone(self):
        source = self.folder / "in.wav"
        sluice("run", "-e", f"tune(duration=1 s) -> file.write({source})")
        self.record(f"file.read({source}) -> pace -> mp3.encode -> file.write(OUT)")
        recorded = self.out.read_bytes()
        source.unlink()
        self.assertEqual(self.replay(), recorded)

    def test_a_graph_that_follows_no_clock(self):
        self.expect_the_same_twice("a: noise(duration=20 s) -> m: mix -> file.write(OUT, format=wav); "
                                   "b: tone(duration=20 s) -> m")

    def test_two_replays_of_a_run_that_had_to_shed_are_equal_and_whole(self):
        graph = self.folder / "shed.yaml"
        graph.write_text(f"graph: shed\nlatency: {{ budget: 60 ms, on_overrun: shed }}\nnodes:\n"
                         f"  in: {{ type: noise, duration: 1 s, block: 5 ms }}\n  p: {{ type: pace }}\n"
                         f"  out: {{ type: file.write, path: {self.out}, format: raw, subtype: f32 }}\n"
                         f"links: [ in -> p -> out ]\n", encoding="utf-8")
        sluice("record", graph, "-o", self.recording)
        first = self.replay()
        self.assertEqual(len(first), 44100 * 2 * 4)
        self.assertEqual(self.replay(), first)

    def test_the_seconds_of_a_replay_are_those_of_the_recording(self):
        self.record("tone(duration=2 s, rate=8 kHz, channels=1) -> pace -> file.write(OUT, format=raw)")
        self.replay("--json")
        self.assertGreater(json.loads(self.said.stdout)["elapsed_s"], 1.9)
        self.assertIn("replayed", self.said.stderr)

    def test_a_sink_can_be_replaced_and_another_added(self):
        self.record("in: tone(duration=300 ms) -> pace -> out: file.write(OUT, format=wav)")
        other, again = self.folder / "other.raw", self.folder / "again.wav"
        sluice("replay", self.recording, "--replace", f"out=file.write({other})", "--add", f"in -> file.write({again})")
        self.assertEqual(other.stat().st_size, 13230 * 2 * 2)
        self.assertGreater(again.stat().st_size, 13230 * 2 * 2)

    def test_a_replaced_source_is_said(self):
        self.record("in: tone(duration=300 ms) -> pace -> out: file.write(OUT, format=wav)")
        self.replay("--replace", "in=noise(duration=300 ms)")
        self.assertIn("'in' is replaced", self.said.stderr)

    def test_in_real_time_it_lasts_as_long_as_it_did(self):
        self.record("tone(duration=700 ms) -> pace -> file.write(OUT, format=wav)")
        recorded = self.out.read_bytes()
        self.assertEqual(self.replay("--realtime", "--json"), recorded)
        self.assertGreater(json.loads(self.said.stdout)["elapsed_s"], 0.6)

    def test_a_cut_off_recording_is_replayed_up_to_the_cut_with_a_warning(self):
        self.record("tone(duration=500 ms) -> pace -> file.write(OUT, format=raw)")
        recorded = self.out.read_bytes()
        os.truncate(self.recording, self.recording.stat().st_size // 2)
        part = self.replay()
        self.assertIn("warning", self.said.stderr)
        self.assertIn("cut off", self.said.stderr)
        self.assertGreater(len(part), 1000)
        self.assertTrue(recorded.startswith(part))

    def test_a_run_that_was_changed_meanwhile_is_refused_and_says_what_was_changed(self):
        for changed, said in ((["gain(-6 dB)", ""], r"amp.gain: 0 dB -> -6 dB"), (["gain", " -> meter"], "added: meter")):
            with self.subTest(said=said):
                line = "noise(seed=3) -> pace -> amp: {0} -> out: file.write(" + str(self.out) + ", format=raw)"
                port = free_port()
                recorder = subprocess.Popen([SLUICE, "record", "-o", self.recording, "-q", f"--control={port}", "-e",
                                             line.format("gain")], stderr=subprocess.PIPE, text=True)
                while True:
                    edit = subprocess.run([SLUICE, "apply", f"--control={port}", "-e", line.format("".join(changed))],
                                          capture_output=True, text=True, check=False, timeout=60)
                    if edit.returncode == 0:
                        break
                    self.assertIsNone(recorder.poll(), edit.stderr)
                recorder.send_signal(signal.SIGINT)
                self.assertEqual(recorder.communicate(timeout=60)[1], "")
                self.assertEqual(recorder.returncode, 0)
                refused = sluice("replay", self.recording, expect=2).stderr
                self.assertRegex(refused, r"error: .*: the graph was changed while it was recorded, [0-9.]+ s after the start")
                self.assertIn(said, refused)
                self.assertIn("--unchanged", refused)
                first = self.replay("--unchanged")
                self.assertIn("warning: ", self.said.stderr)
                self.assertEqual(self.replay("--unchanged"), first)

    def test_an_edit_that_changes_nothing_is_no_change(self):
        line = "noise(seed=3) -> pace -> file.write(OUT, format=raw)".replace("OUT", str(self.out))
        port = free_port()
        recorder = subprocess.Popen([SLUICE, "record", "-o", self.recording, "-q", f"--control={port}", "-e", line])
        while subprocess.run([SLUICE, "apply", f"--control={port}", "-e", line], capture_output=True, check=False).returncode:
            self.assertIsNone(recorder.poll())
        recorder.send_signal(signal.SIGINT)
        self.assertEqual(recorder.wait(timeout=60), 0)
        recorded = self.out.read_bytes()
        self.assertEqual(self.replay(), recorded)

    def test_the_plug_ins_of_a_graph_are_found_again(self):
        plugin = Path(os.environ["SLUICE_BIN"], "..", "tests", "plugins", "inverter.so").resolve()
        line = "tone(duration=300 ms) -> pace -> test.invert -> file.write(OUT, format=raw)"
        self.record(line, "--plugin", plugin)
        recorded = self.out.read_bytes()
        self.assertEqual(self.replay(), recorded)
        graph = self.folder / "graph.yaml"
        os.symlink(plugin, self.folder / "mine.so")
        graph.write_text("plugins: mine.so\nnodes:\n  a: { type: tone, duration: 200 ms }\n  b: { type: test.invert }\n"
                         f"  c: {{ type: file.write, path: {self.out}, format: raw }}\nlinks: [ a -> b -> c ]\n", encoding="utf-8")
        sluice("record", graph, "-o", self.recording)
        recorded = self.out.read_bytes()
        graph.unlink()
        self.assertEqual(self.replay(), recorded)

    def test_what_is_no_recording_is_refused(self):
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        for file, why in ((__file__, "is not a recording"), (fifo, "is not a recording"), (self.folder / "none", "No such file")):
            self.assertIn(why, sluice("replay", file, expect=2).stderr)
        refused = sluice("record", "-e", "tone -> discard", "-o", "/nowhere/x", expect=2)
        self.assertIn("/nowhere/x: No such file", refused.stderr)


if __name__ == "__main__":
    unittest.main()
