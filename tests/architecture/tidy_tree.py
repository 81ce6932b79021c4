#!/usr/bin/env python3
"""Checks what every text file of the tree must have and must not; exit status 1 and one line for each fault.

Data for tests (tests/data, seeds of the fuzz targets) is as it must be and not looked at.
Every other file ends with a newline; no carriage returns, no trailing blanks in sources, no note to do later, no path of
somebody's machine.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

NOTES = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK")) + r")\b")
MACHINE_PATH = re.compile(r"(?<![\w.$}>~*-])/(home|root|work|workspace|Users|mnt)/[\w.]")
DATA = re.compile(r"tests/(data|[a-z]+/seeds)/")
SOURCES = {".cpp", ".h", ".py", ".sh", ".cmake", ".yaml"}


def files_of(root):
    """What git tracks or would track; without git, all but hidden files and build trees."""
    listed = subprocess.run(["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, check=False)
    if listed.returncode == 0:
        names = [name for name in listed.stdout.decode().split("\0") if name]
    else:
        names = [str(path.relative_to(root)) for path in Path(root).rglob("*")]
        names = [name for name in names if not re.match(r"(build\b|build-|\.)", name)]
    return sorted(name for name in names if Path(root, name).is_file() and not DATA.match(name))


def faults_of(name, data):
    if b"\0" in data or not data:
        return []
    found = [] if data.endswith(b"\n") else [f"{name}: does not end with a newline"]
    if b"\r\n" in data:
        found.append(f"{name}: has carriage returns")
    for number, line in enumerate(data.decode(errors="replace").splitlines(), 1):
        if NOTES.search(line):
            found.append(f"{name}:{number}: a note to do later: {line.strip()[:80]}")
        if MACHINE_PATH.search(line):
            found.append(f"{name}:{number}: a path of one machine: {line.strip()[:80]}")
        if Path(name).suffix in SOURCES and line != line.rstrip():
            found.append(f"{name}:{number}: blanks at the end of the line")
    return found


def faults(root):
    return [fault for name in files_of(root) for fault in faults_of(name, Path(root, name).read_bytes())]


def self_test():
    """Each planted fault must be seen, and the clean file passed."""
    planted = {
        "no_newline.cpp": "int x;", "blanks.cpp": "int x; \n", "returns.md": "a\r\nb\r\n",
        "note.cpp": "// TO" + "DO later\n", "path.md": "see /ho" + "me/alice/graph.yaml\n",
    }
    clean = {"clean.cpp": "int x;\n", "url.md": "http://localhost/home/x and $ROOT/work/x and ~/home/x\n"}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {**planted, **clean}.items():
            Path(folder, name).write_bytes(text.encode())
        seen = {fault.split(":")[0] for fault in faults(folder)}
    assert seen == set(planted), f"planted {sorted(planted)}, seen {sorted(seen)}"


if __name__ == "__main__":
    self_test()
    problems = faults(sys.argv[1])
    print("\n".join(problems) or "the tree is tidy")
    sys.exit(1 if problems else 0)
