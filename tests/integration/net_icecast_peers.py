#!/usr/bin/env python3
"""A real icecast2 takes our stream and passes it on to mpg123 and ffmpeg; it goes away and comes back; it refuses a
wrong password, which is shown nowhere."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from radio_rig import ROOT, Radio, check, fetch, free_port, need, play_with_ffmpeg, play_with_mpg123, wait_for

PASSWORD = "source-test"  # tests/data/icecast.xml


class Icecast:
    """icecast2 on a port of its own. It will not run as root, so root lends it to its own user."""

    def __init__(self, folder, port):
        self.base = f"http://127.0.0.1:{port}"
        self.folder = pathlib.Path(folder, "icecast")
        self.folder.mkdir(exist_ok=True)
        config = self.folder / "icecast.xml"
        text = (ROOT / "tests/data/icecast.xml").read_text()
        config.write_text(text.replace("@PORT@", str(port)).replace("@DIR@", str(self.folder)))
        command = ["icecast2", "-c", str(config)]
        if os.geteuid() == 0:
            os.chmod(folder, 0o755)
            for path in (self.folder, config):
                shutil.chown(path, "icecast2")
            command = ["setpriv", "--reuid=icecast2", "--regid=icecast", "--clear-groups", *command]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: fetch(self.base + "/status-json.xsl"), "icecast2 answers")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)

    def source(self):
        """What it says of our mount, or nothing. (Without a source its JSON is not valid.)"""
        try:
            return json.loads(fetch(self.base + "/status-json.xsl"))["icestats"].get("source")
        except ValueError:
            return None


def relays(icecast, folder):
    source = wait_for(icecast.source, "icecast2 has a source")
    check(source["server_name"] == "Station" and source["bitrate"] == 128, "icecast2 knows name and bitrate")
    wait_for(lambda: icecast.source().get("title") == "Tïtle", "icecast2 knows the title")
    # Icecast lets listeners in at any byte, so players find their way to the first frame.
    play_with_mpg123(icecast.base + "/live.mp3", folder, from_frame_edge=False)
    play_with_ffmpeg(icecast.base + "/live.mp3", folder, from_frame_edge=False)


def main(folder):
    need("icecast2", "mpg123", "ffmpeg", *(["setpriv"] if os.geteuid() == 0 else []))
    port = free_port()
    sink = f"icecast.source(url='icecast://127.0.0.1:{port}/live.mp3', name=Station, title='Tïtle')"
    with Radio(sink, folder, {"ICECAST_PASSWORD": PASSWORD}) as radio:
        wait_for(lambda: radio.said("Connection refused; trying again"), "the radio runs without a server and says so")
        with Icecast(folder, port) as icecast:
            relays(icecast, folder)
        wait_for(lambda: radio.said("the server closed the connection; trying again"), "the loss is noticed")
        with Icecast(folder, port) as icecast:
            relays(icecast, folder)
            radio.stop()
        check(not radio.said(PASSWORD), "the password is not shown")

    wrong = "not-the-password"
    with Icecast(folder, port), Radio(sink, folder, {"ICECAST_PASSWORD": wrong}) as radio:
        wait_for(lambda: radio.said("the password is wrong (401); trying again"), "a wrong password is named")
        radio.stop()
        check(wrong not in radio.err.read_text() + radio.out.read_text(), "and not shown")


with tempfile.TemporaryDirectory() as temporary:
    sys.exit(main(temporary))
