#!/usr/bin/env python3
# ctest: TIMEOUT 600
"""docs/write_a_node.md is true: its code, built with what cmake --install installs, runs; the template is the same code."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(os.environ["SLUICE_ROOT"])
BUILD = Path(os.environ["SLUICE_BIN"]).parent
BLOCK = re.compile(r"^```\w+ file=(\S+)\n(.*?)^```$", re.M | re.S)


def files_of_page():
    return dict(BLOCK.findall(Path(ROOT, "docs/write_a_node.md").read_text(encoding="utf-8")))


class WriteANode(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.prefix = Path(cls.folder.name, "prefix")
        subprocess.run(["cmake", "--install", BUILD, "--prefix", cls.prefix], check=True, capture_output=True)
        pkgconfig = next(cls.prefix.rglob("sluice.pc")).parent
        cls.environment = {**os.environ, "PKG_CONFIG_PATH": str(pkgconfig),
                           "PATH": f"{cls.prefix}/bin:{os.environ['PATH']}"}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def run_in(self, folder, *command):
        done = subprocess.run(command, cwd=folder, env=self.environment, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def test_the_pages_code_is_built_with_the_installed_headers_and_runs(self):
        page = Path(self.folder.name, "page")
        page.mkdir()
        for name, text in files_of_page().items():
            (page / name).write_text(text, encoding="utf-8")
        said = self.run_in(page, "bash", "-euo", "pipefail", "build.sh")
        self.assertIn("my.dc_block: takes the DC out of audio", said)
        self.assertGreater((page / "out.wav").stat().st_size, 44100 * 2)

    def test_the_template_is_the_pages_code_and_its_test_passes(self):
        template = Path(self.folder.name, "template")
        shutil.copytree(self.prefix / "share/sluice/templates/node", template)
        for name, text in files_of_page().items():
            if name != "build.sh":
                self.assertEqual((template / name).read_text(encoding="utf-8"), text, name)
        self.run_in(template, "cmake", "-B", "build", f"-DCMAKE_PREFIX_PATH={self.prefix}")
        self.run_in(template, "cmake", "--build", "build")
        self.run_in(template, "ctest", "--test-dir", "build", "--output-on-failure")
        self.run_in(template, "sluice", "run", "graph.yaml", "--plugin", "build/my_nodes.so")

    def test_the_node_has_at_most_50_lines(self):
        self.assertLessEqual(len(files_of_page()["node.cpp"].splitlines()), 50)


if __name__ == "__main__":
    # A sanitizer's or another compiler's build installs a library that a plain g++ line does not fit.
    cache = Path(BUILD, "CMakeCache.txt").read_text(encoding="utf-8")
    if "SLUICE_SANITIZE:STRING=\n" not in cache or not re.search(r"CMAKE_CXX_COMPILER:\w+=\S*/[cg]\+\+\n", cache):
        sys.exit(77)
    unittest.main()
