#!/usr/bin/env python3
"""The quick part of `tools/bench mp3-matrix`: rates, modes, extreme bitrates and hard sounds, all clean under mp3scope; and
under the strict check beside the tree, where there is one, a few. And `tools/bench soak --encoder` for 20 minutes of sound."""
# ctest: TIMEOUT 400
import os
import subprocess
import sys
from pathlib import Path

BENCH = Path(os.environ["SLUICE_ROOT"], "tools", "bench.d")
BIN = Path(os.environ["SLUICE_BIN"])
PROGRAMS = ["--encoder", BIN / "sluice-mp3", "--scope", BIN / "mp3scope"]


def run(script, *arguments):
    return subprocess.run([sys.executable, "-B", BENCH / script, *PROGRAMS, *arguments], check=False).returncode


if __name__ == "__main__":
    sys.exit(run("mp3_matrix.py", "--quick") or run("mp3_soak.py", "--minutes", "20"))
