#!/usr/bin/env python3
"""curl, mpg123 and ffmpeg against our own server: heads as HTTP wants them, metadata where it was announced, and a
stream that decodes from its first frame on."""
import json
import subprocess
import sys
import tempfile

from radio_rig import Radio, check, fetch, free_port, need, play_with_ffmpeg, play_with_mpg123, wait_for


def curl(*arguments):
    return subprocess.run(["curl", "-s", *arguments], capture_output=True, timeout=60).stdout


def status(base):
    return json.loads(fetch(base + "/status.json"))["mounts"][0]


def main(folder):
    need("curl", "mpg123", "ffmpeg")
    base = f"http://127.0.0.1:{free_port()}"
    stream = base + "/live.mp3"
    with Radio(f"http.listen(port={base.rsplit(':')[-1]}, name=Station, title='Tïtle')", folder) as radio:
        wait_for(lambda: fetch(base + "/status.json"), "the server answers")
        wait_for(lambda: status(base)["frames"] > 20, "frames arrive")

        head = curl("-I", stream).decode()
        check(head.startswith("HTTP/1.1 200") and "audio/mpeg" in head and "icy-br: 128" in head, "curl -I")
        options = curl("-i", "-X", "OPTIONS", "-H", "Origin: http://localhost:3000", stream).decode()
        check("204" in options and "Access-Control-Allow-Origin: http://localhost:3000" in options, "curl -X OPTIONS")
        check("<audio" in curl(base + "/").decode(), "curl gets the page")
        check(curl("-o", "/dev/null", "-w", "%{http_code}", base + "/none") == b"404", "curl gets 404 for another path")

        icy = curl("--max-time", "3", "-H", "Icy-MetaData: 1", stream)
        title = icy[16001:16001 + 16 * icy[16000]].decode()
        check(title.rstrip("\0") == "StreamTitle='Tïtle';", "metadata after 16000 bytes of audio")

        for target in (stream, stream + "?burst=0", stream + "?burst=3000"):
            play_with_mpg123(target, folder)
            play_with_ffmpeg(target, folder)
        wait_for(lambda: status(base)["listeners"] == 0, "all listeners are gone")
        check(status(base)["skips"] == 0 and status(base)["frames_lost"] == 0, "nobody was moved forward, nothing lost")
        report = radio.stop()
        check(report["sinks"]["listen"]["latency_ms"]["p50"] > 0, "latency to the socket was measured")


with tempfile.TemporaryDirectory() as temporary:
    sys.exit(main(temporary))
