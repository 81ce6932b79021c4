#!/usr/bin/env python3
"""promtool finds nothing to complain of in /metrics, and headless Chromium shows the page without a complaint of its own."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

from browser_rig import Browser
from radio_rig import BIN, check, fetch, free_port, need, wait_for

GRAPH = """graph: station
latency: { budget: 250 ms, on_overrun: shed }
nodes:
  music:  { type: tune }
  pace:   { type: pace }
  volume: { type: gain, gain: -6 dB }
  level:  { type: meter }
  enc:    { type: mp3.encode }
  keep:   { type: file.write, path: station.mp3 }
  end:    { type: discard }
links:
  - music -> pace -> volume -> level -> enc -> keep
  - level -> end
"""
SIZES = {"wide": (1440, 1000), "laptop": (1024, 768), "phone": (390, 844)}


def check_with_promtool(metrics):
    done = subprocess.run(["promtool", "check", "metrics"], input=metrics, capture_output=True, timeout=60)
    check(done.returncode == 0 and not done.stdout and not done.stderr, f"promtool: {(done.stdout + done.stderr).decode()}")


def check_page(base, browser, folder):
    browser.open(base + "/")
    wait_for(lambda: browser.evaluate("document.documentElement.dataset.state") == "running", "the page is live")
    wait_for(lambda: browser.evaluate("document.querySelectorAll('#graph .box').length") == 11, "every node is drawn")
    wait_for(lambda: browser.evaluate("document.querySelectorAll('#latency .bar').length") == 2, "so is every sink's latency")
    wait_for(lambda: browser.evaluate("parseFloat(document.querySelector('#nodes td.number').textContent) > 0"), "blocks move")
    browser.evaluate("const field = document.querySelector('[data-param=\"volume.gain\"]'); field.value = '-12 dB';"
                     "field.dispatchEvent(new Event('change'))")
    wait_for(lambda: json.loads(fetch(base + "/params/volume/gain"))["value"] == "-12 dB", "a parameter is set from the page")
    wait_for(lambda: "param" in (browser.evaluate("document.getElementById('events').textContent") or ""), "and told as an event")
    for name, (width, height) in SIZES.items():
        browser.screenshot(pathlib.Path(folder, f"control-{name}.png"), width, height)
        spill = browser.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        check(spill == 0, f"nothing spills over the edge of a {name} window")
    browser.screenshot(pathlib.Path(folder, "control-dark.png"), *SIZES["wide"], dark=True)
    check(not browser.complaints(), f"nothing for the browser to complain of {browser.complaints()}")


def main(folder):
    need("promtool", "chromium")
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    pathlib.Path(folder, "station.yaml").write_text(GRAPH)
    process = subprocess.Popen([BIN / "sluice", "run", "station.yaml", "--control", str(port), "-q"], cwd=folder)
    try:
        wait_for(lambda: fetch(base + "/healthz"), "the control plane answers")
        check_with_promtool(fetch(base + "/metrics"))
        with Browser(folder) as browser:
            check_page(base, browser, os.environ.get("SLUICE_SCREENSHOTS") or folder)
            process.send_signal(signal.SIGINT)
            check(process.wait(30) == 0, "the graph ends with status 0")
            wait_for(lambda: browser.evaluate("document.documentElement.dataset.state") == "ended", "the page says so")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
    sys.exit(main(temporary))
