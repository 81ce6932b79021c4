"""A language model in a graph beside a bare loop over llama.cpp, the way of its tokens to the sink, and what a busy one does
to a station beside it. A model with random weights is made for it: speed depends on its shape alone.

    llm.py --bench build/bin/llm-bench --sluice build/bin/sluice --graphs graphs --cache build/bench/llm [--seconds 20]
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

WIDTH, LAYERS = 256, 6  # 13 million weights: some milliseconds a token on one core
BARS = {"overhead": 0.03, "first_token_ms": 2.0}
STATION = ["--replace", "mic=tune(rate=44.1 kHz) -> pace", "--set", "port=0"]


def run(*command):
    result = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{command[0]} failed")
    return result.stdout


def station(options, model):
    """The station's latency in ms, alone or beside a model that never rests."""
    beside = []
    if model:
        prompts = options.cache / "prompts.txt"
        prompts.write_text("".join(f"{n} times upon a time there was a sluice\n" for n in range(100_000)))
        beside = ["--add", f'prompts: text.read(path="{prompts}") -> busy: llm.llama(model="{model}", raw=true, max_tokens=400, '
                           "context=512) -> nobody: discard"]
    report = json.loads(run(options.sluice, "run", options.graphs / "radio.yaml", "--json", "--for", f"{options.seconds} s", *STATION,
                            *beside))
    latency = report["sinks"]["web"]["latency_ms"]
    pieces = report["nodes"]["busy"]["counters"]["pieces"] if model else 0
    return latency["p99"], latency["max"], report["sinks"]["web"]["shed"], pieces, report["realtime"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("bench", "sluice", "graphs", "cache"):
        parser.add_argument("--" + name, type=lambda text: Path(text).resolve(), required=True)
    parser.add_argument("--seconds", type=int, default=20, help="of the station, each time")
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    model = options.cache / "random.gguf"
    if not model.exists():
        run(options.bench, "--write", model, WIDTH, LAYERS)

    result = json.loads(run(options.bench, model))
    print(f"tokens/s       bare loop {result['bare_tokens_s']:.1f}, llm.llama in a graph {result['graph_tokens_s']:.1f}: "
          f"overhead {100 * result['overhead']:+.2f} % (median of pairs; best against best "
          f"{100 * result['overhead_best']:+.2f} %; in CPU time {100 * result['overhead_cpu']:+.2f} %); bar {100 * BARS['overhead']:.0f} %")
    for what, name in (("first token", "first_token_ms"), ("any token", "token_ms")):
        way = result[name]
        print(f"{what:14} from sampled to the sink: p50 {way['p50']:.3f}, p99 {way['p99']:.3f}, max {way['max']:.3f} ms"
              f"; bar {BARS['first_token_ms']:.0f} ms")
    paths = json.loads(run(options.sluice, "check", options.graphs / "radio.yaml", "--json", *STATION))["paths"]
    print(f"station        stated bound {max(path['total_ms'] for path in paths):.1f} ms")
    for name, beside in (("alone", None), ("beside the model", model)):
        p99, most, shed, pieces, realtime = station(options, beside)
        print(f"  {name:16} p99 {p99:.2f}, max {most:.2f} ms, {shed} shed, {pieces:.0f} tokens meanwhile"
              f"{'' if realtime else ' (no real-time priority here)'}")


if __name__ == "__main__":
    main()
