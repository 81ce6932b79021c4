"""User CPU of sluice-mp3 beside LAME's default and shine on one programme, runs interleaved so that drift hits all alike.

sluice-mp3 runs with each instruction set that it has and that the processor knows, and on two threads; the bytes must be
equal.

Without a file of your own the programme is made with sox: two minutes of plucked chords, sweeps, noise and pauses. It is
synthetic; name a recording for numbers that speak for music.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import wave
from pathlib import Path

SECONDS = 120


def make_programme(path):
    """Four parts of equal length, end to end; sox -R makes the same samples every time."""
    part = str(SECONDS // 4)
    chord = [word for note in ("110", "164.81", "220", "329.63") for word in ("pluck", note)]
    parts = {
        "chords": ["synth", "2", *chord, "remix", "1,3", "2,4", "repeat", str(SECONDS // 8 - 1), "trim", "0", part],
        "sweep": ["synth", part, "sawtooth", "80-8000", "triangle", "4000-60", "remix", "1", "1,2"],
        "noise": ["synth", part, "pinknoise", "pinknoise", "tremolo", "6", "90"],
        "pauses": ["synth", "0.5", "square", "440", "square", "554.37", "pad", "0", "0.5", "repeat", str(SECONDS // 4 - 1)],
    }
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for name, effects in parts.items():
            files.append(f"{folder}/{name}.wav")
            subprocess.run(["sox", "-R", "-r", "44100", "-n", "-b", "16", "-c", "2", files[-1], *effects, "gain", "-n", "-3"], check=True)
        subprocess.run(["sox", "-R", *files, str(path)], check=True)


def require_wav(path):
    """Ends the program where `path` is not what LAME, shine and we all read."""
    try:
        with wave.open(str(path)) as audio:
            if audio.getsampwidth() == 2 and audio.getnframes() > 0:
                return
            why = f"{8 * audio.getsampwidth()} bits, {audio.getnframes()} samples"
    except (OSError, EOFError, wave.Error) as error:
        why = getattr(error, "strerror", None) or str(error) or "it is too short"
    sys.exit(f"error: {path}: {why}: give a 16-bit WAV file, or none to have one made")


def programme_of(options):
    """The file that was named, else the synthetic one."""
    if options.programme is not None:
        require_wav(options.programme)
        return options.programme
    made = Path(options.cache, "programme.wav")
    if not made.exists():
        made.parent.mkdir(parents=True, exist_ok=True)
        print(f"making {SECONDS} s of programme with sox", file=sys.stderr)
        make_programme(made)
    return made


def targets():
    """Names of the instruction sets that sluice-mp3 can use here, slowest first."""
    flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    return ["baseline"] + [name for name, flag in (("avx2", " avx2 "), ("avx512", " avx512bw ")) if flag in flags]


def measured(command, target=None):
    """What the system says of a run's resources, and its wall clock in seconds."""
    start = time.perf_counter()
    environment = {**os.environ, "SLUICE_SIMD": target or ""}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"failed with {process.returncode}: {' '.join(command)}")
    return usage, time.perf_counter() - start


def user_seconds(command, target):
    """(user CPU of all threads, wall clock) in seconds."""
    usage, wall = measured(command, target)
    return usage.ru_utime, wall


def cpu_seconds(command):
    """User and system CPU of all threads."""
    usage, _ = measured(command)
    return usage.ru_utime + usage.ru_stime


def main():
    parser = argparse.ArgumentParser(prog="tools/bench mp3")
    parser.add_argument("--encoder", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--cache", required=True, help=argparse.SUPPRESS)
    parser.add_argument("programme", nargs="?", type=Path, help="a 16-bit WAV file")
    parser.add_argument("--kbps", default="128")
    parser.add_argument("--reps", type=int, default=5)
    options = parser.parse_args()

    programme = programme_of(options)
    with wave.open(str(programme)) as audio:
        seconds = audio.getnframes() / audio.getframerate()

    target_of = {f"sluice {target}": target for target in targets()}
    two = "sluice 2 threads"  # with the fastest instruction set
    encoders = {name: [options.encoder] for name in target_of} | {two: [options.encoder, "--threads", "2"]}
    sluice = list(encoders)
    encoders |= {"lame": ["lame", "--quiet"], "shine": ["shineenc", "-q"]}
    runs = {name: [] for name in encoders}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.reps):
            for name, command in encoders.items():
                encode = [*command, "-b", options.kbps, str(programme), f"{folder}/{name}.mp3"]
                runs[name].append(user_seconds(encode, target_of.get(name)))
        sizes = {name: os.path.getsize(f"{folder}/{name}.mp3") for name in encoders}
        streams = {Path(folder, f"{name}.mp3").read_bytes() for name in sluice}

    print(f"{programme.name}: {seconds:.0f} s at {options.kbps} kbit/s, least of {options.reps} interleaved runs")
    least = {name: min(user for user, _ in times) for name, times in runs.items()}
    for name, times in runs.items():
        median = statistics.median(user for user, _ in times)
        print(f"  {name:15} user {least[name]:7.3f} s (median {median:.3f})  wall {min(wall for _, wall in times):7.3f} s"
              f"  {seconds / least[name]:7.1f} x real time  {least['lame'] / least[name]:6.2f} x lame"
              f"  {least['shine'] / least[name]:6.2f} x shine  {sizes[name] * 8e-3 / seconds:6.1f} kbit/s")
    wall = {name: min(wall for _, wall in times) for name, times in runs.items()}
    print(f"  two threads take 1/{wall[sluice[-2]] / wall[two]:.2f} of one thread's wall clock")
    if len(streams) > 1:
        sys.exit("the instruction sets or the threads give different bytes")


if __name__ == "__main__":
    main()
