"""What a language model does to recognised text: word and character error rates before and after llm.correct.

REF and HYP hold one utterance a line, `name<TAB>text`, as for sluice-score. Every hypothesis goes through the graph in the
order of the file; what the guard keeps out is counted. --diffs shows, sentence by sentence, what still differs from REF before
and after, as sluice-score draws it. Nothing is timed: use --deadline to see what being live would cost.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path


def read_pairs(path):
    pairs = []
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        sys.exit(f"error: {path}: {getattr(error, 'strerror', None) or 'not UTF-8'}: give a file of lines name<TAB>text")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        name, tab, text = line.partition("\t")
        if not tab:
            sys.exit(f"{path}:{number}: not name<TAB>text")
        pairs.append((name, text))
    return pairs


def quoted(text):
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def corrected(options, hypotheses, folder):
    """The texts after llm.correct, and the node's counters."""
    spoken = [pair for pair in hypotheses if pair[1].strip()]
    lines = folder / "hypotheses.txt"
    lines.write_text("".join(text.replace("\n", " ") + "\n" for _, text in spoken), encoding="utf-8")
    model = f"model={quoted(options.model)}, server_model={quoted(options.server_model)}, most_waiting=1000"
    model += f", prompt={quoted(options.prompt)}, deadline={options.deadline} s"
    if options.hotwords:
        model += f", hotwords={quoted(options.hotwords)}"
    events = folder / "corrected.jsonl"
    line = (f"text.read(path={quoted(lines)}, as=transcript) -> correct: llm.correct({model}) -> "
            f"text.jsonl -> file.write({quoted(events)})")
    run = subprocess.run([options.sluice, "run", "--json", "-e", line], stdout=subprocess.PIPE, text=True, check=False)
    if run.returncode != 0:
        sys.exit(run.returncode)
    counters = json.loads(run.stdout)["nodes"]["correct"]["counters"]
    by_segment = {}
    for text in events.read_text(encoding="utf-8").splitlines():
        event = json.loads(text)
        if event["kind"] == "corrected":
            by_segment[event["segment"]] = event["text"]
    texts = {name: by_segment[number] for number, (name, _) in enumerate(spoken)}
    return [(name, texts.get(name, text)) for name, text in hypotheses], counters


def score(options, reference, hypotheses, folder, name):
    path = folder / f"{name}.txt"
    path.write_text("".join(f"{utterance}\t{text}\n" for utterance, text in hypotheses), encoding="utf-8")
    if options.diffs:
        print(f"-- {name}:", flush=True)
        subprocess.run([options.score, reference, str(path)], check=True)
    run = subprocess.run([options.score, reference, str(path), "--json"], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(run.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reference", metavar="REF")
    parser.add_argument("hypotheses", metavar="HYP")
    parser.add_argument("--model", required=True, help="a GGUF file, or the URL of an OpenAI-compatible server")
    parser.add_argument("--server-model", default="default")
    parser.add_argument("--prompt", default="en", help="en, zh, or a file")
    parser.add_argument("--hotwords", help="file of names and terms, one a line")
    parser.add_argument("--deadline", type=float, default=120, help="seconds for one sentence")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--diffs", action="store_true", help="sluice-score's view of every sentence that is not right")
    parser.add_argument("--sluice", required=True)
    parser.add_argument("--score", required=True)
    options = parser.parse_args()

    hypotheses = read_pairs(options.hypotheses)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        after, counters = corrected(options, hypotheses, folder)
        scores = {"before": score(options, options.reference, hypotheses, folder, "before"),
                  "after": score(options, options.reference, after, folder, "after")}
    if options.json:
        print(json.dumps({**scores, "counters": counters}))
        return
    for (name, old), (_, new) in zip(hypotheses, after):
        if old != new:
            print(f"{name}\n  - {old}\n  + {new}")
    for when, result in scores.items():
        print(f"{when:7} WER {100 * result['wer']:6.2f} %   CER {100 * result['cer']:6.2f} %")
    print(f"{counters['corrected']:.0f} sentences changed, {counters['kept']:.0f} changes kept out by the guard, "
          f"{counters['failures']:.0f} answers failed")


if __name__ == "__main__":
    main()
