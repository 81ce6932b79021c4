#!/usr/bin/env python3
"""Every graph in graphs/ passes `sluice check` as it is, from another folder, and runs: devices and servers replaced."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

SLUICE = str(Path(os.environ["SLUICE_BIN"], "sluice"))
GRAPHS = sorted(Path(os.environ["SLUICE_ROOT"], "graphs").glob("*.yaml"))

# What stands in for what a test machine may lack, by node type.
REPLACEMENTS = {"audio.capture": "tune(rate=44.1 kHz) -> pace", "audio.playback": "discard", "icecast.source": "discard",
                "http.listen": "http.listen(port=0)"}
PARTS = {"mp3_encode.yaml", "asr_two_pass.yaml"}  # used by other graphs, cannot run by themselves
ELSEWHERE = {"chat.yaml": "llm_test runs it, with a model",
             **dict.fromkeys(("air_rx.yaml", "fm_rx.yaml"), "sdr_air_test runs it, on samples"),
             "radio_minutes.yaml": "net_minutes_test runs it, with a model and without",
             "fm_captions.yaml": "sdr_captions_test runs it, on speech over the air",
             **dict.fromkeys(("transcribe.yaml", "transcribe_correct.yaml"), "speech_graphs_test runs it, on speech")}


def sluice(*arguments, cwd):
    return subprocess.run([SLUICE, *arguments], cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=90)


def node_types(graph, cwd):
    """Flat node names and types, as `dot` labels them."""
    drawing = sluice("dot", str(graph), cwd=cwd).stdout
    labels = [line.strip() for line in drawing.splitlines() if "[label=" in line and "->" not in line]
    return dict((line.split('"')[1], drawing_type(line)) for line in labels)


def drawing_type(line):
    return line.split('label="')[1].split('"')[0].split("\\n")[-1]


class Graphs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def test_there_are_graphs(self):
        self.assertGreater(len(GRAPHS), 5)

    def test_each_passes_check(self):
        for graph in GRAPHS:
            with self.subTest(graph.name):
                result = sluice("check", str(graph), "--json", cwd=self.folder)
                self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
                self.assertTrue(json.loads(result.stdout)["paths"])

    def test_each_says_what_it_does(self):
        for graph in GRAPHS:
            with self.subTest(graph.name):
                self.assertTrue(graph.read_text().startswith("# "))
                self.assertIn("graph: " + graph.stem, graph.read_text())

    def test_each_runs(self):
        for graph in GRAPHS:
            if graph.name in PARTS or graph.name in ELSEWHERE:
                continue
            with self.subTest(graph.name):
                arguments = []
                for name, node_type in node_types(graph, self.folder).items():
                    if node_type in REPLACEMENTS:
                        arguments += ["--replace", f"{name}={REPLACEMENTS[node_type]}"]
                result = sluice("run", str(graph), "--for", "2s", "--json", *arguments, cwd=self.folder)
                self.assertEqual(result.returncode, 0, result.stderr)
                report = json.loads(result.stdout)
                for name, sink in report["sinks"].items():
                    self.assertGreater(sink["blocks"], 0, name)
                for name, node in report["nodes"].items():
                    self.assertEqual(node["errors"], 0, name)

    def test_a_part_says_that_it_is_one(self):
        result = sluice("run", "mp3_encode", cwd=self.folder)
        self.assertEqual(result.returncode, 2)
        self.assertIn("use it as a node", result.stderr)


if __name__ == "__main__":
    unittest.main()
