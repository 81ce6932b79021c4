"""Headless Chromium, driven over its DevTools pipe."""
import base64
import json
import os
import pathlib
import subprocess

from radio_rig import check

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

    def screenshot(self, path, width, height, dark=False):
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500)
        self.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.command("Runtime.evaluate", expression="new Promise(done => setTimeout(done, 300))", awaitPromise=True)
        pathlib.Path(path).write_bytes(base64.b64decode(self.command("Page.captureScreenshot")["data"]))

    def complaints(self):
        """Exceptions of the page, and what the browser logged as errors (a policy that was violated, for one)."""
        errors = [event["params"] for event in self.events if event["method"] == "Runtime.exceptionThrown"]
        logged = [event["params"]["entry"] for event in self.events if event["method"] == "Log.entryAdded"]
        return errors + [entry["text"] for entry in logged if entry["level"] == "error"]
