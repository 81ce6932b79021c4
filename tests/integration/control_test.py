#!/usr/bin/env python3
"""The control plane at the command line: run --control, top, apply; ports, tokens and exit status."""

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

from radio_rig import free_port

SLUICE = str(Path(os.environ["SLUICE_BIN"], "sluice"))
LINE = "tune -> pace -> amp: gain -> level: meter -> end: discard"
TOKEN = "a-token-of-28-characters-xyz"


def sluice(*arguments, env=None, cwd=None):
    return subprocess.run([SLUICE, *arguments], cwd=cwd, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=90)


class Running:
    """`sluice run --control` on a free port, until the block ends; then a signal must end it with 0."""

    def __init__(self, *arguments, bind="127.0.0.1", env=None, cwd=None):
        self.port = free_port()
        self.process = subprocess.Popen([SLUICE, "run", *(arguments or ("-e", LINE)), f"--control={bind}:{self.port}"], cwd=cwd,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        env={**os.environ, **(env or {})})

    def __enter__(self):
        until = time.monotonic() + 60
        while time.monotonic() < until and self.process.poll() is None:
            try:
                self.ask("/")
                return self
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        self.process.kill()
        raise AssertionError("the control plane did not come up: " + self.process.communicate()[1])

    def __exit__(self, *failure):
        self.process.send_signal(signal.SIGINT)
        try:
            self.output, self.errors = self.process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        if not any(failure) and self.process.returncode != 0:
            raise AssertionError(f"ended with {self.process.returncode}: {self.errors}")

    def ask(self, path, method="GET", body=None, token=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method, data=body)
        if token:
            request.add_header("Authorization", "Bearer " + token)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read().decode()

    def refusal(self, *arguments, **options):
        try:
            self.ask(*arguments, **options)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()
        raise AssertionError("was not refused")


class Control(unittest.TestCase):
    def test_a_running_graph_is_seen_and_changed(self):
        with Running() as run:
            self.assertTrue(json.loads(run.ask("/healthz"))["ok"])
            graph = json.loads(run.ask("/graph.json"))
            self.assertEqual([node["name"] for node in graph["nodes"]], ["tune", "pace", "amp", "level", "end"])
            self.assertIn("sluice_sink_latency_seconds_bucket", run.ask("/metrics"))
            run.ask("/params/amp/gain", method="PUT", body=b"-20 dB")
            self.assertEqual(json.loads(run.ask("/params/amp/gain"))["value"], "-20 dB")
            code, message = run.refusal("/params/amp/gain", method="PUT", body=b"100 dB")
            self.assertEqual(code, 422)
            self.assertIn("60 dB", message)
        self.assertIn(f"http://127.0.0.1:{run.port}/", run.errors)

    def test_top_shows_it_once_without_a_terminal(self):
        with Running() as run:
            for arguments in ([], ["--once"]):
                shown = sluice("top", str(run.port), *arguments)
                self.assertEqual(shown.returncode, 0, shown.stderr)
                for text in ("island", "p99", "meter", "peak_dbfs"):
                    self.assertIn(text, shown.stdout)
                self.assertNotIn("\033", shown.stdout)
            self.assertEqual(json.loads(sluice("top", str(run.port), "--json").stdout)["run"]["state"], "running")

    def test_where_nothing_runs_top_and_apply_say_so(self):
        for arguments in (["top", str(free_port())], ["apply", "-e", LINE, f"--control={free_port()}"]):
            result = sluice(*arguments)
            self.assertEqual(result.returncode, 1)
            self.assertIn("--control", result.stderr)
            self.assertEqual(result.stdout, "")
        self.assertEqual(sluice("top", "no:such:address").returncode, 2)

    def test_a_busy_port_and_a_wrong_address_are_bad_usage(self):
        with Running() as run:
            second = sluice("run", "-e", LINE, "--for", "1s", "--control", str(run.port))
            self.assertEqual(second.returncode, 2)
            self.assertIn("in use", second.stderr)
        for address in ("radio", "1.2.3.4.5:8001", "99999"):
            result = sluice("run", "-e", LINE, "--for", "1s", f"--control={address}")
            self.assertEqual(result.returncode, 2)
            self.assertIn("error", result.stderr)

    def test_beyond_loopback_it_asks_for_a_token(self):
        refused = sluice("run", "-e", LINE, "--for", "1s", f"--control=0.0.0.0:{free_port()}", env={"SLUICE_CONTROL_TOKEN": ""})
        self.assertEqual(refused.returncode, 2)
        self.assertIn("SLUICE_CONTROL_TOKEN", refused.stderr)
        with Running(bind="0.0.0.0", env={"SLUICE_CONTROL_TOKEN": TOKEN}) as run:
            self.assertEqual(run.refusal("/graph.json")[0], 401)
            self.assertEqual(run.refusal("/graph.json", token="x" * 28)[0], 401)
            self.assertIn("amp", run.ask("/graph.json", token=TOKEN))
            for env, status in (({}, 1), ({"SLUICE_CONTROL_TOKEN": TOKEN}, 0)):
                self.assertEqual(sluice("top", str(run.port), env=env).returncode, status)
        self.assertNotIn(TOKEN, run.output + run.errors)


class Apply(unittest.TestCase):
    def test_the_same_graph_changes_nothing(self):
        with Running() as run:
            result = sluice("apply", "-e", LINE, f"--control={run.port}")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("nothing differs", result.stdout)

    def test_a_live_parameter_and_a_new_branch_are_applied(self):
        with tempfile.TemporaryDirectory() as folder, Running(cwd=folder) as run:
            result = sluice("apply", "-e", LINE.replace("gain", "gain(gain=-6 dB)"), "--add", "amp -> file.write(copy.wav)",
                            f"--control={run.port}", cwd=folder)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("amp.gain", result.stdout)
            self.assertIn("added: write", result.stdout)
            self.assertEqual(json.loads(run.ask("/params/amp/gain"))["value"], "-6 dB")
            while not json.loads(run.ask("/graph.json"))["run"]["nodes"]["write"]["blocks"]:
                self.assertIsNone(run.process.poll())
            result = sluice("apply", "-e", LINE, f"--control={run.port}", "--json", cwd=folder)
            self.assertEqual(json.loads(result.stdout)["removed"], ["write"])
            self.assertGreater(Path(folder, "copy.wav").stat().st_size, 44)

    def test_a_graph_with_errors_changes_nothing(self):
        with Running() as run:
            result = sluice("apply", "-e", LINE.replace("meter", "metre"), f"--control={run.port}")
            self.assertEqual(result.returncode, 2)
            self.assertIn("did you mean 'meter'?", result.stderr)
            code, answer = run.refusal("/apply", method="POST", body=b"nodes: { a: tune }\nlinks: [ a -> b ]\n")
            self.assertEqual(code, 422)
            self.assertEqual((json.loads(answer)["errors"][0]["line"]), 2)
            self.assertTrue(json.loads(run.ask("/healthz"))["ok"])


    def test_a_graph_that_comes_over_http_loads_no_shared_library(self):
        plugin = Path(SLUICE, "..", "..", "tests", "plugins", "inverter.so").resolve()
        self.assertTrue(plugin.is_file())
        nodes = "nodes: { a: tune, p: pace, b: test.invert, c: discard }\nlinks: [ a -> p -> b -> c ]\n"
        with Running() as run, tempfile.TemporaryDirectory() as folder:
            code, answer = run.refusal("/apply", method="POST", body=f"plugins: {plugin}\n{nodes}".encode())
            self.assertEqual(code, 422)
            errors = json.loads(answer)["errors"]
            self.assertIn("is a plug-in that is not loaded, and none is loaded here", errors[0]["message"])
            self.assertIn("unknown node type 'test.invert'", errors[1]["message"])
            graph = Path(folder, "graph.yaml")
            graph.write_text(f"plugins: {plugin}\n{nodes}", encoding="utf-8")
            result = sluice("apply", str(graph), f"--control={run.port}")
            self.assertEqual(result.returncode, 2)
            self.assertIn("unknown node type 'test.invert'", result.stderr)
            self.assertNotIn("inverter.so", Path(f"/proc/{run.process.pid}/maps").read_text(encoding="utf-8"))
            self.assertTrue(json.loads(run.ask("/healthz"))["ok"])
        with Running("-e", LINE, "--plugin", str(plugin)) as run:
            result = sluice("apply", "-e", LINE.replace("gain", "test.invert"), "--plugin", str(plugin), f"--control={run.port}")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("replaced: amp", result.stdout)

    def test_a_station_goes_on_for_its_listeners_while_its_server_is_replaced(self):
        port = free_port()
        line = f"tune -> pace -> mp3.encode -> web: http.listen(port={port}"
        with Running("-e", line + ")") as run:
            with socket.create_connection(("127.0.0.1", port), timeout=60) as listener:
                listener.sendall(b"GET /live.mp3 HTTP/1.0\r\nIcy-MetaData: 1\r\n\r\n")
                heard = listener.makefile("rb")
                heard.read(20000)
                result = sluice("apply", "-e", line + ", title=After)", f"--control={run.port}")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn("replaced: web", result.stdout)
                self.assertIn(b"StreamTitle='After'", heard.read(40000))
                result = sluice("apply", "-e", line + ", mount=/live.mp3, bind=192.0.2.1)", f"--control={run.port}")
                self.assertEqual(result.returncode, 1)
                self.assertIn("192.0.2.1 is not an address of this machine", result.stderr)
                self.assertEqual(len(heard.read(20000)), 20000)


class Trace(unittest.TestCase):
    def test_a_trace_opens_as_chrome_trace_events_that_nest(self):
        with tempfile.TemporaryDirectory() as folder:
            result = sluice("trace", "-e", "tune -> pace -> mp3.encode -> discard", "-o", "t.json", "--for", "1s", cwd=folder)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("perfetto", result.stderr)
            trace = json.loads(Path(folder, "t.json").read_text())
        events = trace["traceEvents"]
        threads = {event["tid"]: event["args"]["name"] for event in events if event["name"] == "thread_name"}
        self.assertTrue(any(name.startswith("realtime") for name in threads.values()), threads)
        slices = [event for event in events if event["ph"] == "X"]
        for thread in threads:
            self.assert_nested(sorted((e for e in slices if e["tid"] == thread), key=lambda e: (e["ts"], -e["dur"])))
        calls = {event["name"] for event in slices if event["cat"] == "node"}
        self.assertLessEqual({"tune", "pace", "encode/bank", "encode/mux", "discard"}, calls)
        self.assertTrue(any(event["ph"] == "C" for event in events))

    def assert_nested(self, slices):
        open_until = []
        for event in slices:
            end = event["ts"] + event["dur"]
            while open_until and open_until[-1] <= event["ts"] + 0.002:
                open_until.pop()
            if open_until:
                self.assertLessEqual(end, open_until[-1] + 0.002, event)  # times are rounded to ns
            open_until.append(end)

    def test_what_cannot_be_written_is_said_at_once(self):
        result = sluice("trace", "-e", LINE, "-o", "/no/such/folder/t.json", "--for", "1s")
        self.assertEqual(result.returncode, 2)
        self.assertIn("No such file", result.stderr)


if __name__ == "__main__":
    unittest.main()
