#!/usr/bin/env python3
"""What programs and people rely on in `sluice`: exit status, streams, JSON, error places, from any folder."""

import json
import os
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

SLUICE = str(Path(os.environ["SLUICE_BIN"], "sluice"))


def sluice(*arguments, cwd=None, env=None):
    return subprocess.run([SLUICE, *arguments], cwd=cwd, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60)


class Usage(unittest.TestCase):
    def test_help_and_version_end_with_0(self):
        for arguments in (["--help"], ["--version"], ["run", "--help"], ["check", "--help"]):
            result = sluice(*arguments)
            self.assertEqual(result.returncode, 0)
            self.assertTrue(result.stdout)

    def test_an_unknown_verb_names_the_nearest_one_and_all_there_are(self):
        refused = sluice("chekc", "graph.yaml")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("unknown verb 'chekc': did you mean 'check'? there are run, check, ", refused.stderr)

    def test_wrong_usage_ends_with_2_and_says_so_on_stderr(self):
        for arguments in ([], ["fly"], ["run"], ["run", "--fro", "3s", "radio"], ["check", "-e", "tone -> discard", "--set", "x"],
                          ["run", "-e", "tone -> discard", "--for", "3 apples"], ["run", "-e", "tone -> discard", "--for=-1s"],
                          ["check", "gone.yaml"], ["nodes", "mp3.encod"]):
            result = sluice(*arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertTrue(result.stderr, arguments)
            self.assertEqual(result.stdout, "", arguments)


class Check(unittest.TestCase):
    def test_json_of_a_good_graph(self):
        result = sluice("check", "radio", "--json", cwd="/")
        self.assertEqual(result.returncode, 0, result.stderr)
        report = json.loads(result.stdout)
        self.assertIs(report["ok"], True)
        self.assertEqual(report["errors"], [])
        (path,) = report["paths"]
        self.assertEqual((path["source"], path["sink"], path["budget_ms"]), ("mic", "web", 250))
        self.assertIsNone(path["compute_ms"])
        self.assertAlmostEqual(path["total_ms"], path["algorithmic_ms"] + path["queueing_ms"], 3)
        self.assertLess(path["total_ms"], 250)
        for island in report["islands"]:
            self.assertTrue(island["name"] and island["nodes"] and island["why"])

    def test_json_of_a_bad_graph(self):
        with tempfile.TemporaryDirectory() as folder:
            graph = Path(folder, "bad.yaml")
            graph.write_text("nodes:\n  mic: { type: tone, freq: 1 kHz }\n  amp: { type: gian }\n  end: discard\n"
                             "links:\n  - mic -> amp -> end\n  - mic.oot -> edn\n")
            result = sluice("check", str(graph), "--json")
        self.assertEqual(result.returncode, 2)
        report = json.loads(result.stdout)
        self.assertIs(report["ok"], False)
        self.assertEqual([(e["file"], e["line"], e["column"]) for e in report["errors"]],
                         [(str(graph), 3, 16), (str(graph), 7, 5), (str(graph), 7, 16)])
        self.assertIn("did you mean 'gain'?", report["errors"][0]["message"])

    def test_a_graph_over_its_budget_is_refused_by_name(self):
        with tempfile.TemporaryDirectory() as folder:
            graph = Path(folder, "late.yaml")
            graph.write_text("latency: 20 ms\nnodes: { a: tune, p: pace, e: mp3.encode, z: discard }\nlinks: [a -> p -> e -> z]\n")
            result = sluice("check", str(graph))
        self.assertEqual(result.returncode, 2)
        self.assertRegex(result.stderr, r"late\.yaml:1:10: error: .*budget")

    def test_a_binary_file_is_no_graph(self):
        self.assertEqual(sluice("check", SLUICE).returncode, 2)

    def test_dot_draws_every_node(self):
        drawing = sluice("dot", "-e", "tone -> a: gain -> discard").stdout
        for name in ('"tone"', '"a"', '"discard"'):
            self.assertIn(name, drawing)


class Bench(unittest.TestCase):
    def test_what_it_measures_is_counted_on_by_check(self):
        with tempfile.TemporaryDirectory() as folder:
            costs = Path(folder, "radio.costs.json")
            result = sluice("bench", "radio", "--for", "1s", "-o", str(costs))
            self.assertEqual(result.returncode, 0, result.stderr)
            for word in ("loops", "not run, and not counted: mic, web", str(costs)):
                self.assertIn(word, result.stdout)
            result = sluice("check", "radio", "--costs", str(costs), "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        report = json.loads(result.stdout)
        (path,) = report["paths"]
        self.assertGreater(path["compute_ms"], 0)
        self.assertAlmostEqual(path["total_ms"], path["algorithmic_ms"] + path["queueing_ms"] + path["compute_ms"], 3)
        self.assertGreater(report["cpu"], 0)
        self.assertEqual(report["uncounted"], ["mic", "web"])
        self.assertEqual(report["warnings"], [])

    def test_its_file_beside_the_graph_counts_only_while_the_graph_is_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            graph = Path(folder, "g.yaml")
            graph.write_text("latency: 1 s\nnodes: { a: tone, p: pace, b: { type: gain, gain: -3 dB }, c: discard }\n"
                             "links: [ a -> p -> b -> c ]\n")
            self.assertEqual(sluice("bench", str(graph), "--for", "1s").returncode, 0)
            self.assertTrue(Path(folder, "g.costs.json").exists())
            compute = lambda: json.loads(sluice("check", str(graph), "--json").stdout)["paths"][0]["compute_ms"]
            self.assertGreater(compute(), 0)
            graph.write_text(graph.read_text().replace("-3 dB", "-4 dB"))
            self.assertIsNone(compute())

    def test_a_file_that_is_none_is_refused(self):
        result = sluice("check", "radio", "--costs", "/dev/null")
        self.assertEqual(result.returncode, 2)
        self.assertIn("not a file of run times", result.stderr)


class Run(unittest.TestCase):
    def test_a_line_runs_to_its_end(self):
        with tempfile.TemporaryDirectory() as folder:
            result = sluice("run", "-e", "tone(duration=1 s) -> mp3.encode(bitrate=192) -> file.write(out.mp3)", "--json", cwd=folder)
            self.assertEqual(result.returncode, 0, result.stderr)
            report = json.loads(result.stdout)
            self.assertGreater(Path(folder, "out.mp3").stat().st_size, 23000)  # 1 s at 192 kbit/s is 24,000
        self.assertEqual(report["sinks"]["write"]["shed"], 0)
        self.assertEqual(set(report["sinks"]["write"]["latency_ms"]), {"p50", "p90", "p99", "p999", "max"})

    def test_for_bounds_the_stream(self):
        with tempfile.TemporaryDirectory() as folder:
            result = sluice("run", "-e", "tone(rate=48 kHz, channels=1) -> file.write(out.wav)", "--for", "2s", cwd=folder)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertAlmostEqual(Path(folder, "out.wav").stat().st_size, 2 * 48000 * 2, delta=2000)

    def test_a_source_that_cannot_start_is_a_failure(self):
        with tempfile.TemporaryDirectory() as folder:
            missing = sluice("run", "-e", "file.read(gone.wav) -> discard", cwd=folder)
            self.assertEqual(missing.returncode, 2)
            self.assertIn("-e:1:11: error", missing.stderr)
            unwritable = sluice("run", "-e", "tone -> file.write(no/such/folder/out.wav)", "--for", "1s", cwd=folder)
            self.assertIn(unwritable.returncode, (1, 2))
            self.assertIn("error", unwritable.stderr)

    def test_signals_drain_and_end_with_0(self):
        for stop in (signal.SIGINT, signal.SIGTERM):
            process = subprocess.Popen([SLUICE, "run", "-e", "tune -> pace -> file.write(-, format=raw)"],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertEqual(len(process.stdout.read(20000)), 20000)  # it runs: the signal finds it at work
            process.send_signal(stop)
            _, errors = process.communicate(timeout=20)
            self.assertEqual(process.returncode, 0, errors)

    def test_any_number_of_threads_gives_the_same_bytes(self):
        with tempfile.TemporaryDirectory() as folder:
            for threads in ("1", "2", "7"):
                line = f"tune(duration=3 s) -> mp3.encode -> file.write(out{threads}.mp3)"
                self.assertEqual(sluice("run", "-e", line, "--threads", threads, cwd=folder).returncode, 0)
            first, *others = (Path(folder, f"out{threads}.mp3").read_bytes() for threads in (1, 2, 7))
        self.assertTrue(first)
        self.assertTrue(all(other == first for other in others))


class Nodes(unittest.TestCase):
    def test_the_catalogue_names_every_type_and_describes_each(self):
        catalogue = json.loads(sluice("nodes", "--json").stdout)
        types = {node["type"] for node in catalogue}
        self.assertLessEqual({"file.read", "audio.capture", "mp3.encode", "mp3.quantize", "http.listen", "gain", "discard"}, types)
        for node in catalogue:
            self.assertTrue(node["doc"], node["type"])
            for param in node["params"]:
                self.assertTrue(param["doc"], (node["type"], param["name"]))
        self.assertIn("kbit/s", sluice("nodes", "mp3.encode").stdout)

    def test_markdown_describes_every_type(self):
        self.assertIn("## `mp3.encode`", sluice("nodes", "--markdown").stdout)

    def test_devices_answers_without_a_sound_card(self):
        self.assertEqual(sluice("devices").returncode, 0)
        self.assertIsInstance(json.loads(sluice("devices", "--json").stdout), list)


if __name__ == "__main__":
    unittest.main()
