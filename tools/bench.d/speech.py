#!/usr/bin/env python3
"""tools/bench speech: accuracy, latency, CPU and memory of live transcription, on real speech, in real time.

Speech: pocketsphinx-testdata (Debian: librivox and cards, 10 clips) and, where it lies beside this tree, jfk.wav. Every
stream plays all clips with as much silence (faint noise at -75 dB) between them as there was speech, each in an order of its own.

Onset and end of speech are taken from the energy of the clip: 10 ms frames within 35 dB of its loudest one.
Metrics under FunASR's names (its realtime benchmark client): first_update_ms, final_after_stop_ms, client_response_lag_ms.
"""

import argparse
import itertools
import json
import math
import random
import re
import statistics
import struct
import subprocess
import sys
import wave
from pathlib import Path

DATA = Path("/usr/share/pocketsphinx/test/data")
RATE = 16000
VAD_FRAME = 512  # samples: nodes/speech/payloads.h, kFrameSamples
LEAD = 0.5  # s of silence before the first clip
# The reference has a typo: "a more a amiable" (the book and the reader: "a more amiable").
TYPO = ("a more a amiable", "a more amiable")
DETAILS = False
SAME = {"mr": "mister", "mrs": "missus", "illdisposed": "ill disposed"}
HOTWORDS = "clubs, hearts, spades, diamonds, ill-disposed, Dashwood"
# A hundred phrases that nobody says here; some begin as words do that are said.
DISTRACTORS = """Kubernetes, Schleswig, amoxicillin, Tchaikovsky, quinoa, Reykjavik, Fahrenheit, Beelzebub, Thessaloniki, Ouagadougou,
bronchitis, Zoroaster, pterodactyl, Worcestershire, xylophone, Terraform, Postgres, ibuprofen, Nietzsche, gnocchi, Ljubljana, Celsius,
Mephistopheles, Antananarivo, laryngitis, Confucius, stegosaurus, Leicestershire, glockenspiel, Elasticsearch, metformin, Dostoyevsky,
prosciutto, Szczecin, Kelvin, Lucifer, Ulaanbaatar, tonsillitis, Siddhartha, velociraptor, Gloucestershire, vibraphone, Grafana,
paracetamol, Kierkegaard, tagliatelle, Wroclaw, Pascal, Astaroth, Vladivostok, sinusitis, Zarathustra, triceratops, Hertfordshire,
clavichord, Prometheus, penicillin, Wittgenstein, focaccia, Bydgoszcz, hectopascal, Asmodeus, Kyrgyzstan, appendicitis, Mahavira,
brachiosaurus, Shropshire, harpsichord, Jenkins, atorvastatin, Schopenhauer, bruschetta, Poznan, kilowatt, Leviathan, Azerbaijan,
arthritis, Lao Tzu, iguanodon, Cambridgeshire, bandoneon, Hadoop, omeprazole, Heidegger, mascarpone, Katowice, megahertz, Behemoth,
Liechtenstein, dermatitis, Avicenna, ankylosaurus, Buckinghamshire, didgeridoo, my fellow Romulans, half a cup of flour,
seven of wands, country music, Mister Darcy, eleven of nine""".replace("\n", " ")


def words_of(text):
    text = re.sub(r"[^a-z0-9' ]", " ", text.lower().replace("'", ""))
    return [part for word in text.split() for part in SAME.get(word, word).split()]


def distance(reference, hypothesis):
    row = list(range(len(hypothesis) + 1))
    for i, r in enumerate(reference, 1):
        before, row[0] = row[0], i
        for j, h in enumerate(hypothesis, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (r != h))
    return row[-1]


def read_wav(path):
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2), path
        data = file.readframes(file.getnframes())
    return list(struct.unpack(f"<{len(data) // 2}h", data))


def clips(shared):
    found = []
    for line in (DATA / "librivox/transcription").read_text().splitlines():
        text, name = re.fullmatch(r"(.*)\((\S+)\)\s*", line).groups()
        found.append((DATA / "librivox" / f"{name}.wav", re.sub(r"</?s>", "", text).replace(*TYPO)))
    for line in (DATA / "cards/cards.transcription").read_text().splitlines():
        text, name = re.fullmatch(r"(.*)\((\S+)\)\s*", line).groups()
        found.append((DATA / "cards" / f"{name}.wav", re.sub(r"</?s>", "", text)))
    jfk = shared / "data/speech/jfk.wav"
    if jfk.exists():
        found.append((jfk, "and so my fellow americans ask not what your country can do for you ask what you can do for your country"))
    return [(read_wav(path), text) for path, text in found]


def speech_span(samples):
    hop = RATE // 100
    power = [sum(x * x for x in samples[n:n + hop]) / hop for n in range(0, len(samples) - hop + 1, hop)]
    loud = [n for n, p in enumerate(power) if p > max(power) * 10 ** -3.5]
    return loud[0] / 100, (loud[-1] + 1) / 100


def make_stream(order, all_clips, path):
    """Writes a WAV file; returns [(onset, end, text)] in seconds."""
    noise = random.Random(1)
    samples, truth = [], []
    quiet = lambda seconds: [round(noise.gauss(0, 5.8)) for _ in range(int(seconds * RATE))]
    samples += quiet(LEAD)
    for n in order:
        clip, text = all_clips[n]
        onset, end = speech_span(clip)
        at = len(samples) / RATE
        truth.append((at + onset, at + end, text))
        samples += clip + quiet(max(1.5, len(clip) / RATE))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return truth


def make_streams(count, cache, shared, most_clips=99):
    """[(WAV file, truth)]: all clips, or the first ones, in an order of its own in every stream but the first."""
    if not DATA.exists():
        sys.exit("the speech of the benchmark is Debian's pocketsphinx-testdata: tools/setup test")
    cache.mkdir(parents=True, exist_ok=True)
    found = clips(shared)[:most_clips]
    orders = random.Random(2)
    streams = []
    for n in range(count):
        order = list(range(len(found)))
        if n > 0:
            orders.shuffle(order)
        path = cache / f"stream{n}_{len(found)}.wav"
        streams.append((path, make_stream(order, found, path)))
    return streams


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, math.ceil(share * len(values)) - 1)] if values else math.nan


def measure_stream(truth, events):
    """Events are given to the clip in whose span of time they speak of."""
    result = {"first": [], "final": [], "lag": [], "errors": 0, "words": 0, "kept": 0, "shown": 0, "stray": 0}
    starts = [onset - 0.6 for onset, _, _ in truth] + [math.inf]
    for n, (onset, end, text) in enumerate(truth):
        mine = [(at, e) for at, e in events if starts[n] <= e["start"] < starts[n + 1]]
        finals = [(at, e) for at, e in mine if e["kind"] == "final"]
        said = [word for _, e in finals for word in words_of(e["text"])]
        reference = words_of(text)
        errors = distance(reference, said)
        result["errors"] += errors
        if errors and DETAILS:
            print(f"  {' '.join(reference)}\n  {' | '.join(e['text'] for _, e in finals)}", file=sys.stderr)
        result["words"] += len(reference)
        shown = [at for at, e in mine if e["text"]]
        if shown:
            result["first"].append(min(shown) - onset)
        if finals:
            result["final"].append(finals[-1][0] - end)
        for at, e in mine:
            if e["kind"] == "partial" and e["text"]:
                result["lag"].append(at - e["end"])
                final = next((words_of(f["text"]) for _, f in finals if f["segment"] == e["segment"]), [])
                partial = words_of(e["text"])[:-1]  # the last word may be half said
                result["shown"] += len(partial)
                result["kept"] += len(partial) - distance(partial, final[:len(partial)])
    before = [e for _, e in events if e["start"] < starts[0] and e["text"]]
    result["stray"] = sum(len(words_of(e["text"])) for e in before)
    return result


def run(program, streams, params, paced=True):
    command = [program] + ([] if paced else ["--unpaced"])
    for param in params:
        command += ["--set", param]
    done = subprocess.run(command + [str(path) for path, _ in streams], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    events = [[] for _ in streams]
    for line in lines[:-1]:
        events[line["stream"]].append((line["at"], line["event"]))
    return events, lines[-1]


def report(name, streams, events, totals):
    parts = [measure_stream(truth, mine) for (_, truth), mine in zip(streams, events)]
    merged = {key: sum((p[key] for p in parts), [] if isinstance(parts[0][key], list) else 0) for key in parts[0]}
    duration = max(truth[-1][1] for _, truth in streams)
    ms = lambda values, share: None if not values else round(1000 * percentile(values, share))
    print(json.dumps({
        "run": name, "streams": len(streams), "wer_percent": round(100 * merged["errors"] / max(1, merged["words"]), 2),
        "reference_words": merged["words"],
        "first_update_ms": {"p50": ms(merged["first"], 0.5), "p90": ms(merged["first"], 0.9)},
        "final_after_stop_ms": {"p50": ms(merged["final"], 0.5), "p95": ms(merged["final"], 0.95)},
        "client_response_lag_ms": {"p50": ms(merged["lag"], 0.5), "p90": ms(merged["lag"], 0.9)},
        "partial_words_kept_percent": round(100 * merged["kept"] / max(1, merged["shown"]), 1),
        "core_per_stream": round(totals["cpu_s"] / totals["wall_s"] / len(streams), 4),
        "audio_s": round(duration, 1), "rss_mb": round(totals["rss_mb"]), "partials_shed": totals["counters"]["partials_shed"],
        "words_before_speech": merged["stray"],
    }), flush=True)


def said_by(events):
    return [word for _, event in events if event["kind"] == "final" for word in words_of(event["text"])]


def hotwords_run(program, stream, params):
    """Finals alone, as fast as it goes: they depend on the audio only, so that the texts can be compared word by word."""
    assert len(DISTRACTORS.split(",")) == 100
    plain = None
    for name, phrases in (("none", ""), ("right", HOTWORDS), ("distractors", DISTRACTORS), ("right + distractors", f"{HOTWORDS}, {DISTRACTORS}")):
        settings = params + ['partials="0 s"'] + ([f'hotwords="{phrases}"'] if phrases else [])
        events, totals = run(program, [stream], settings, paced=False)
        measured = measure_stream(stream[1], events[0])
        said = said_by(events[0])
        plain = plain or said
        print(json.dumps({"run": "hotwords", "hotwords": name, "phrases": len(phrases.split(",")) if phrases else 0,
                          "wer_percent": round(100 * measured["errors"] / measured["words"], 2), "errors": measured["errors"],
                          "reference_words": measured["words"], "words_changed": distance(plain, said),
                          "cpu_s": round(totals["cpu_s"], 2)}), flush=True)


def phases_run(program, cache, stream, params):
    """The same speech again, each time two milliseconds later against the voice detector's frames: an utterance is then cut up to a
    frame elsewhere, and the model may write other words. What a stream's error rate owes to chance, and its mean without that."""
    with wave.open(str(stream[0])) as file:
        audio = file.readframes(file.getnframes())
    noise = random.Random(5)
    later = struct.pack(f"<{VAD_FRAME}h", *(round(noise.gauss(0, 5.8)) for _ in range(VAD_FRAME)))
    paths = []
    for shift in range(0, VAD_FRAME, 2 * RATE // 1000):
        paths.append(cache / f"phase{shift}.wav")
        with wave.open(str(paths[-1]), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes(later[:2 * shift] + audio)
    reference = [word for _, _, text in stream[1] for word in words_of(text)]
    for name, phrases in (("none", ""), ("right", HOTWORDS), ("distractors", DISTRACTORS)):
        settings = params + ([f'hotwords="{phrases}"'] if phrases else [])
        said = []
        for at in range(0, len(paths), 4):
            events, _ = run(program, [(path, []) for path in paths[at:at + 4]], settings, paced=False)
            said += [said_by(mine) for mine in events]
        errors = [distance(reference, words) for words in said]
        apart = [distance(one, other) for one, other in itertools.combinations(said, 2)]
        print(json.dumps({"run": "phases", "phases": len(said), "hotwords": name, "reference_words": len(reference), "errors": errors,
                          "wer_percent": round(100 * statistics.mean(errors) / len(reference), 2),
                          "words_apart_percent": round(100 * statistics.mean(apart) / len(reference), 2)}), flush=True)


def noise_run(program, cache):
    """Ten seconds each of silence, white noise, a 50 Hz hum and clicks: no word may come."""
    rng = random.Random(3)
    n = 10 * RATE
    signals = {"silence": [0] * n, "white noise": [round(rng.gauss(0, 1000)) for _ in range(n)],
               "hum": [round(3000 * math.sin(2 * math.pi * 50 * t / RATE)) for t in range(n)],
               "clicks": [20000 if t % 4000 < 8 else 0 for t in range(n)]}
    streams = []
    for name, samples in signals.items():
        path = cache / f"{name.replace(' ', '_')}.wav"
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes(struct.pack(f"<{n}h", *samples))
        streams.append((path, []))
    events, _ = run(program, streams, [])
    count = sum(len(words_of(e["text"])) for mine in events for _, e in mine)
    print(json.dumps({"run": "noise", "signals": list(signals), "words": count}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--cache", required=True, type=Path)
    parser.add_argument("--shared", required=True, type=Path)
    parser.add_argument("--streams", default="1,12", help="how many at once, one run each")
    parser.add_argument("--runs", default="live,hotwords,noise,phases", help="which")
    parser.add_argument("--set", action="append", default=[], help="PARAM=VALUE of asr.moonshine")
    parser.add_argument("--details", action="store_true", help="print every clip with an error")
    arguments = parser.parse_args()
    global DETAILS
    DETAILS = arguments.details
    counts = [int(n) for n in arguments.streams.split(",")]
    streams = make_streams(max(counts), arguments.cache, arguments.shared)
    runs = arguments.runs.split(",")
    if "live" in runs:
        for count in counts:
            report("live", streams[:count], *run(arguments.bench, streams[:count], arguments.set))
    if "hotwords" in runs:
        hotwords_run(arguments.bench, streams[0], arguments.set)
    if "noise" in runs:
        noise_run(arguments.bench, arguments.cache)
    if "phases" in runs:
        phases_run(arguments.bench, arguments.cache, streams[0], arguments.set)


if __name__ == "__main__":
    main()
