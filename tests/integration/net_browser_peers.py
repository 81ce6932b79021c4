#!/usr/bin/env python3
"""Headless Chromium opens the player page, presses play and hears the stream, under the page's own security policy."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from radio_rig import Radio, check, fetch, free_port, need, wait_for

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--mute-audio",
         "--autoplay-policy=no-user-gesture-required", "--remote-debugging-pipe"]


class Browser:
    """Chromium over the DevTools pipe: JSON messages ended by a zero byte, read on its descriptor 3, written on 4."""

    def __init__(self, folder):
        commands, self.to_browser = os.pipe()
        self.from_browser, answers = os.pipe()
        high = [os.dup2(fd, 100 + n) for n, fd in enumerate((commands, answers))]  # out of the way of 3 and 4
        log = pathlib.Path(folder, "chromium.err").open("w")
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{high[0]} 4>&{high[1]}', "bash", "chromium", *FLAGS,
             f"--user-data-dir={folder}/profile", "about:blank"],
            pass_fds=high, stdout=log, stderr=log, env=os.environ | {"HOME": str(folder)})
        for fd in (commands, answers, *high):
            os.close(fd)
        self.received, self.number, self.events, self.session = b"", 0, [], None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def command(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to_browser, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.next_message()
            if answer.get("id") == self.number:
                return answer.get("result", {})
            self.events.append(answer)

    def next_message(self):
        while b"\0" not in self.received:
            piece = os.read(self.from_browser, 65536)
            if not piece:
                check(False, "Chromium runs")
            self.received += piece
        message, self.received = self.received.split(b"\0", 1)
        return json.loads(message)

    def open(self, url):
        target = self.command("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.command("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Runtime", "Log", "Page"):
            self.command(domain + ".enable")
        self.command("Page.navigate", url=url)

    def evaluate(self, expression):
        result = self.command("Runtime.evaluate", expression=expression, userGesture=True, returnByValue=True)
        return result.get("result", {}).get("value")

    def complaints(self):
        """Exceptions of the page, and what the browser logged as errors (a policy that was violated, for one)."""
        errors = [event["params"] for event in self.events if event["method"] == "Runtime.exceptionThrown"]
        logged = [event["params"]["entry"] for event in self.events if event["method"] == "Log.entryAdded"]
        return errors + [entry["text"] for entry in logged if entry["level"] == "error"]


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
