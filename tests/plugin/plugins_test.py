#!/usr/bin/env python3
"""Plug-ins at the command line: found, shown, checked and run; each bad one is refused with its file and what to do."""

import json
import os
import subprocess
import tempfile
import unittest
import wave
from pathlib import Path

SLUICE = Path(os.environ["SLUICE_BIN"], "sluice")
PLUGINS = Path(os.environ["SLUICE_BIN"], "..", "tests", "plugins").resolve()


def sluice(*arguments, environment=None):
    return subprocess.run([SLUICE, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60,
                          env={**os.environ, **(environment or {})})


class GoodPlugin(unittest.TestCase):
    def test_its_node_is_in_the_catalogue_with_the_file_it_came_from(self):
        shown = sluice("nodes", "test.invert", "--plugin", PLUGINS / "inverter.so")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn("turns the phase", shown.stdout)
        self.assertIn(f"from the plug-in {PLUGINS}/inverter.so", shown.stdout)
        described = json.loads(sluice("nodes", "test.invert", "--json", "--plugin", PLUGINS / "inverter.so").stdout)
        self.assertEqual(described["plugin"], f"{PLUGINS}/inverter.so")

    def test_its_node_runs(self):
        with tempfile.TemporaryDirectory() as folder:
            line = "tone(duration=100 ms, channels=1) -> {}file.write(" + folder + "/{}.wav)"
            for name, node in (("plain", ""), ("inverted", "test.invert -> ")):
                run = sluice("run", "--plugin", PLUGINS / "inverter.so", "-e", line.format(node, name))
                self.assertEqual(run.returncode, 0, run.stderr)
            plain, inverted = (memoryview(wave.open(f"{folder}/{name}.wav").readframes(10000)).cast("h")
                               for name in ("plain", "inverted"))
        self.assertEqual(len(plain), 4410)
        self.assertTrue(any(plain))
        self.assertTrue(all(x == -y for x, y in zip(plain, inverted)))

    def test_it_is_found_by_the_environment_too_and_named_twice_is_loaded_once(self):
        file = f"{PLUGINS}/inverter.so"
        checked = sluice("check", "-e", "tone -> test.invert -> discard", "--plugin", file,
                         environment={"SLUICE_PLUGINS": f":{file}:{file}"})
        self.assertEqual(checked.returncode, 0, checked.stderr)

    def test_it_is_found_by_the_graph_file_that_names_it_beside_itself(self):
        with tempfile.TemporaryDirectory() as folder:
            os.symlink(PLUGINS / "inverter.so", f"{folder}/inverter.so")
            text = "plugins: {}\nnodes: {{ a: tone, b: test.invert, c: discard }}\nlinks: [a -> b -> c]\n"
            graph = Path(folder, "graph.yaml")
            graph.write_text(text.format("inverter.so"))
            checked = sluice("check", graph, "--plugin", PLUGINS / "inverter.so")
            self.assertEqual((checked.returncode, sluice("check", graph).returncode), (0, 0), checked.stderr)
            graph.write_text(text.format("[other.so]"))
            refused = sluice("check", graph)
        self.assertEqual(refused.returncode, 2)
        self.assertIn(f"{graph}:1:11: error: {folder}/other.so: there is no such plug-in", refused.stderr)

    def test_without_it_its_node_is_unknown(self):
        checked = sluice("check", "-e", "tone -> test.invert -> discard")
        self.assertEqual(checked.returncode, 2)
        self.assertIn("test.invert", checked.stderr)


class BadPlugin(unittest.TestCase):
    def refused(self, file, *expected, arguments=("check", "-e", "tone -> discard")):
        run = sluice(*arguments, "--plugin", file)
        self.assertEqual(run.returncode, 2, run.stderr)
        self.assertEqual(len(run.stderr.splitlines()), 1, run.stderr)
        for text in ("--plugin: error:", Path(file).name, *expected):
            self.assertIn(text, run.stderr)

    def test_of_another_abi_is_not_called(self):
        self.refused(PLUGINS / "other_abi.so", "ABI 99", "build it again")

    def test_without_the_entry_point(self):
        self.refused(PLUGINS / "no_entry.so", "no plug-in", "SLUICE_PLUGIN")

    def test_that_needs_what_the_engine_does_not_have(self):
        self.refused(PLUGINS / "unresolved.so", "undefined symbol", "of_another_version")

    def test_whose_type_is_taken(self):
        self.refused(PLUGINS / "taken.so", "'gain' already (built in)", "rename")

    def test_whose_node_throws(self):
        self.refused(PLUGINS / "throws.so", "cannot be made", "no licence found")

    def test_that_is_no_library_or_not_there(self):
        self.refused(__file__, "not a shared library")
        self.refused("/nowhere/x.so", "no such plug-in")

    def test_in_the_environment_or_before_the_catalogue(self):
        run = sluice("check", "-e", "tone -> discard", environment={"SLUICE_PLUGINS": "/nowhere/x.so"})
        self.assertEqual(run.returncode, 2)
        self.assertIn("SLUICE_PLUGINS: error: /nowhere/x.so", run.stderr)
        self.refused("/nowhere/x.so", "no such plug-in", arguments=("nodes",))


if __name__ == "__main__":
    unittest.main()
