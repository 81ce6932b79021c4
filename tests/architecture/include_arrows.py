#!/usr/bin/env python3
"""Checks every #include of the tree against the arrows of ARCHITECTURE.md; exit status 1 and one line for each wrong one.

    apps -> nodes -> engine,   nodes/x -> nodes/x/kernels,   kernels -> the standard library
    engine rooms: core <- stream <- node <- graph <- run; testing sees all of them, and only tests see it

Families never include each other, nobody includes tests/ or tools/, and no engine source names a node.
"""

import re
import sys
from pathlib import Path

ENGINE_ROOMS = ["core", "stream", "node", "graph", "run"]
NODE_AUTHOR_ROOMS = ["core", "stream", "node"]
SOURCES = {".cpp", ".h"}

# The C++23 standard library (and its C part), ISO/IEC 14882:2023, tables 24 and 25.
STANDARD = set("""
algorithm any array atomic barrier bit bitset charconv chrono codecvt compare complex concepts condition_variable
coroutine deque exception execution expected filesystem flat_map flat_set format forward_list fstream functional future
generator initializer_list iomanip ios iosfwd iostream istream iterator latch limits list locale map mdspan memory
memory_resource mutex new numbers numeric optional ostream print queue random ranges ratio regex scoped_allocator
semaphore set shared_mutex source_location span spanstream sstream stack stacktrace stdexcept stdfloat stop_token
streambuf string string_view strstream syncstream system_error thread tuple type_traits typeindex typeinfo
unordered_map unordered_set utility valarray variant vector version
cassert cctype cerrno cfenv cfloat cinttypes climits clocale cmath csetjmp csignal cstdarg cstddef cstdint cstdio
cstdlib cstring ctime cuchar cwchar cwctype
""".split())

# Vector intrinsics stay in files that a dispatcher chooses among, named after their instruction set.
INTRINSICS = {"immintrin.h", "xmmintrin.h", "emmintrin.h", "pmmintrin.h", "tmmintrin.h", "smmintrin.h", "nmmintrin.h",
              "x86intrin.h", "arm_neon.h", "arm_sve.h"}
DISPATCHED = re.compile(r"_(sse2|sse41|avx|avx2|avx512|neon|sve)(_test)?\.(cpp|h)$")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
REGISTERED = re.compile(r'REGISTER_NODE\w*\([^")]*"([^"]+)"')


def is_test(path):
    return path.stem.endswith(("_test", "_bench", "_for_tests")) or path.parts[0] == "tests"


def place(path):
    """Where a source stands: ("engine", room), ("nodes", family), ("kernels", family), ("apps", ""), ..."""
    parts = path.parts
    if parts[0] == "nodes" and len(parts) > 2:
        return ("kernels" if parts[2] == "kernels" else "nodes", parts[1])
    if parts[0] == "engine" and len(parts) > 2:
        return ("engine", parts[1])
    return (parts[0], "")


def arrow_allowed(source, target):
    """True when the file `source` may include the project's file `target`; both relative to the root."""
    (here, my_room), (there, its_room) = place(source), place(target)
    test = is_test(source)
    if is_test(target) and not test:
        return False
    if there in ("tests", "tools"):
        return here == there or here == "tests"
    if here in ("tests", "tools"):
        return True
    if (there, its_room) == ("engine", "testing"):
        return (here, my_room) == ("engine", "testing") or (test and here != "kernels")
    if here == "engine":
        return there == "engine" and (my_room == "testing" or ENGINE_ROOMS.index(its_room) <= ENGINE_ROOMS.index(my_room))
    if here == "kernels":
        return (there, its_room) == ("kernels", my_room)
    if here == "nodes":
        if there == "engine":
            return test or its_room in NODE_AUTHOR_ROOMS
        return there in ("nodes", "kernels") and its_room == my_room
    return here == "apps" and there in ("apps", "nodes", "kernels", "engine")


def resolve(root, source, name):
    """The project's file that an include means, or None for a library's."""
    for base in (source.parent, Path(".")):
        candidate = (root / base / name).resolve()
        if candidate.is_file() and candidate.is_relative_to(root):
            return candidate.relative_to(root)
    if name.split("/")[0] in ("engine", "nodes", "apps", "tests", "tools"):
        return Path(name)
    return None


def library_allowed(source, name):
    if name in INTRINSICS:
        return bool(DISPATCHED.search(source.name))
    if place(source)[0] == "kernels":
        return name in STANDARD or (is_test(source) and name.startswith(("gtest/", "gmock/", "benchmark/")))
    return True


def include_violations(root, source, text):
    for match in INCLUDE.finditer(text):
        name = match[2]
        target = resolve(root, source, name)
        allowed = library_allowed(source, name) if target is None else arrow_allowed(source, target)
        if not allowed:
            line = text.count("\n", 0, match.start(1)) + 1
            yield f"{source}:{line}: {'/'.join(place(source)).rstrip('/')} must not include {name}"


def naming_violations(source, text, node_types):
    """An engine source (tests aside) with the literal "mp3.encode" or "mp3." knows a node or a family by name.

    A sentence for the user may give a node as an example. Types without a dot, such as "gain", are ordinary words: not looked at.
    """
    known = {name for name in node_types if "." in name} | {name.split(".")[0] + "." for name in node_types if "." in name}
    for number, line in enumerate(COMMENT.sub(lambda m: "\n" * m[0].count("\n"), text).split("\n"), 1):
        for literal in LITERAL.findall(line):
            if literal in known:
                yield f"{source}:{number}: the engine must not know {literal} by name"


def violations(root):
    root = Path(root).resolve()
    sources = sorted(p.relative_to(root) for top in ("engine", "nodes", "apps", "tests", "tools")
                     for p in (root / top).rglob("*") if p.suffix in SOURCES)
    texts = {source: (root / source).read_text(encoding="utf-8", errors="replace") for source in sources}
    node_types = {name for source, text in texts.items() if source.parts[0] == "nodes" for name in REGISTERED.findall(text)}
    found = []
    for source, text in texts.items():
        found += include_violations(root, source, text)
        if source.parts[0] == "engine" and not is_test(source):
            found += naming_violations(source, text, node_types)
    return found, len(sources)


if __name__ == "__main__":
    problems, count = violations(sys.argv[1])
    print("\n".join(problems) or f"{count} sources, every include along the arrows")
    sys.exit(1 if problems else 0)
