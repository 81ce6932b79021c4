#!/usr/bin/env python3
"""The radio beside bare liquid-dsp: OFDM packets and FM stereo with RDS, as nodes in a graph and as the peers' programs
(framelink.cc, fm.cc), interleaved. Million samples a second of one core; the ratio is what to compare. And what the engine adds
to the OFDM demodulator: the node in a graph beside its class in a loop (ofdm_direct.cpp), least user time of all rounds.

    radio.py --sluice build/bin/sluice --graphs graphs --peers ../shared/peers/radio/sdr --cache build/bench/radio [--rounds 3]
"""

import argparse
import re
import resource
import subprocess
import sys
from pathlib import Path

SOUND_S = 20
PEERS = {"framelink": "framelink.cc", "fm": "fm.cc"}
ROOT = Path(__file__).resolve().parents[2]
BLOCK = 2400  # samples: 5 ms, as iq.file_read reads
DIRECT = ["nodes/sdr/ofdm_demodulator.cpp", "nodes/sdr/ofdm_equaliser.cpp", "nodes/sdr/ofdm_layout.cpp",
          "nodes/sdr/ofdm_synchroniser.cpp", "nodes/sdr/kernels/channel_smoother.cpp", "nodes/sdr/kernels/crc.cpp",
          "nodes/sdr/kernels/preamble_detector.cpp", "nodes/sdr/kernels/qam.cpp", "nodes/sdr/kernels/viterbi.cpp"]
FRAMELINK = ["mode=ofdm", "npkt=700", "fec0=g2412", "snr=15", "soft=1", "gap=0.34"]  # bursts as dense as air_tx's


def run(*command, cwd):
    result = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{command[0]} failed: {result.stderr.strip()[-300:]}")
    return result.stdout


def build_peers(folder, cache):
    for name, source in PEERS.items():
        if not (cache / name).exists():
            run("g++", "-O2", "-std=c++17", "-w", "-o", cache / name, folder / source, "-lliquid", "-lm", cwd=cache)


def build_direct(cache):
    """With the flags of the release build."""
    run("g++", "-O2", "-DNDEBUG", "-std=c++23", "-ffp-contract=off", "-I", ROOT, "-o", cache / "ofdm_direct",
        ROOT / "tools/bench.d/ofdm_direct.cpp", *(ROOT / source for source in DIRECT), "-lliquid", cwd=cache)


def prepare(sluice, graphs, cache):
    """The same sound for all, and the samples to be received."""
    run(sluice, "run", "-e", f"tune(duration={SOUND_S} s, rate=48 kHz) -> file.write(sound.wav)", cwd=cache)
    run(sluice, "run", "-e", "file.read(sound.wav) -> mp3.encode(bitrate=128, info_tag=false) -> file.write(test.mp3)", cwd=cache)
    run(sluice, "run", graphs / "air_tx.yaml", "--set", "in=sound.wav", "--set", "fec=golay", "--set", "depth=1", "--replace",
        "air=sdr.channel(snr=15 dB, occupied=0.78) -> iq.file_write(air.cf32)", cwd=cache)
    run(sluice, "run", graphs / "fm_tx.yaml", "--set", "in=sound.wav", "--set", "out=fm.cf32", cwd=cache)


def cpu_of(sluice, chain, cache):
    """Seconds of user time that a graph takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    run(sluice, "run", "-e", chain, cwd=cache)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def cost(sluice, source, nodes, cache):
    """What `nodes` take of it, reading the samples left out."""
    return cpu_of(sluice, f"{source} -> {nodes} -> discard", cache) - cpu_of(sluice, f"{source} -> discard", cache)


def samples(path):
    return path.stat().st_size / 8


def overhead_round(sluice, cache):
    """User seconds of the node in a graph, and of its class alone, on the same samples."""
    node = cost(sluice, "iq.file_read(air.cf32, rate=480 kHz)", "sdr.ofdm_rx", cache)
    alone = run(cache / "ofdm_direct", cache / "air.cf32", BLOCK, cwd=cache)
    return node, float(re.search(r"seconds=([\d.]+)", alone)[1])


def one_round(sluice, graphs, cache):
    air = samples(cache / "air.cf32") / cost(sluice, "iq.file_read(air.cf32, rate=480 kHz)",
                                             "sdr.ofdm_rx -> sdr.depacketize(rate=48000)", cache)
    link = run(cache / "framelink", *FRAMELINK, "in=test.mp3", cwd=cache)
    fm = samples(cache / "fm.cf32") / cost(sluice, "iq.file_read(fm.cf32, rate=1.2 MHz)", "sdr.fm_rx", cache)
    peer_fm = run(cache / "fm", "rx", "fs=1200000", "in=fm.cf32", cwd=cache)
    sent = samples(cache / "fm.cf32") / cost(sluice, "file.read(sound.wav)", "sdr.fm_tx(rate=1.2 MHz)", cache)
    peer_sent = run(cache / "fm", "tx", "fs=1200000", f"secs={SOUND_S}", "out=peer.cf32", cwd=cache)
    msps = [float(re.search(pattern, text)[1]) for pattern, text in
            ((r"demod_Msps=([\d.]+)", link), (r"([\d.]+) Msps", peer_fm), (r"([\d.]+) Msps", peer_sent))]
    return air / 1e6, msps[0], fm / 1e6, msps[1], sent / 1e6, msps[2]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("sluice", "graphs", "peers", "cache"):
        parser.add_argument("--" + name, type=lambda text: Path(text).resolve(), required=True)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    if not arguments.peers.is_dir():
        sys.exit(f"the peers' programs are not there: {arguments.peers}")
    build_peers(arguments.peers, arguments.cache)
    build_direct(arguments.cache)
    prepare(arguments.sluice, arguments.graphs, arguments.cache)
    rounds = [one_round(arguments.sluice, arguments.graphs, arguments.cache) for _ in range(arguments.rounds)]
    print(f"{'Msps of one core':32} {'sluice':>8} {'liquid':>8} {'ratio':>6}")
    for name, ours, theirs in (("receive OFDM, QPSK, Golay", 0, 1), ("receive FM stereo and RDS", 2, 3),
                               ("send FM stereo and RDS", 4, 5)):
        best_ours, best_theirs = (max(row[k] for row in rounds) for k in (ours, theirs))
        print(f"{name:32} {best_ours:8.1f} {best_theirs:8.1f} {best_ours / best_theirs:6.2f}")
    pairs = [overhead_round(arguments.sluice, arguments.cache) for _ in range(3 * arguments.rounds)]
    node, alone = (min(pair[k] for pair in pairs) for k in (0, 1))
    print(f"the engine adds {100 * (node / alone - 1):.1f} % to the OFDM demodulator ({node:.3f} s for {alone:.3f} s)")


if __name__ == "__main__":
    main()
