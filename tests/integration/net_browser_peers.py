#!/usr/bin/env python3
"""Headless Chromium opens the player page, presses play and hears the stream, under the page's own security policy."""
import json
import sys
import tempfile

from browser_rig import Browser
from radio_rig import Radio, check, fetch, free_port, need, wait_for


def main(folder):
    need("chromium")
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with Radio(f"http.listen(port={port}, name=Station, title='Tïtle')", folder) as radio, Browser(folder) as browser:
        wait_for(lambda: fetch(base + "/status.json"), "the server answers")
        browser.open(base + "/")
        state = lambda: browser.evaluate("document.documentElement.dataset.state")  # noqa: E731
        wait_for(lambda: browser.evaluate("document.getElementById('title')?.textContent") == "Tïtle", "title on the page")
        check(state() == "stopped", "the page plays nothing unasked")

        browser.evaluate("document.getElementById('play').click()")
        wait_for(lambda: state() == "playing", "the page plays")
        wait_for(lambda: browser.evaluate("document.getElementById('audio').currentTime") > 2, "its time advances")
        wait_for(lambda: browser.evaluate("Math.max(...bins)") > 100, "it hears sound")
        wait_for(lambda: json.loads(fetch(base + "/status.json"))["listeners"] == 1, "the server counts one listener")
        check(not browser.complaints(), f"nothing for the browser to complain of {browser.complaints()}")

        browser.evaluate("document.getElementById('play').click()")
        wait_for(lambda: json.loads(fetch(base + "/status.json"))["listeners"] == 0, "stopping leaves the stream")
        browser.evaluate("document.getElementById('play').click()")
        wait_for(lambda: state() == "playing", "it plays again")
        radio.stop()
        wait_for(lambda: state() == "reconnecting", "the page notices that the stream has ended")


with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
    sys.exit(main(temporary))
