#!/usr/bin/env python3
"""What people rely on in sluice-radio and sluice-mp3: exit status, streams, bad input, signals, live standard input."""
# ctest: TIMEOUT 180 RUN_SERIAL TRUE

import contextlib
import fcntl
import json
import math
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import threading
import time
import unittest
import urllib.request
import wave
from pathlib import Path

BIN = Path(os.environ["SLUICE_BIN"])
RADIO, MP3, SLUICE = (str(BIN / name) for name in ("sluice-radio", "sluice-mp3", "sluice"))
RATE = 44100
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("ICECAST_")}


def run(*command, cwd=None, data=None):
    given = {"input": data} if data is not None else {"stdin": subprocess.DEVNULL}
    result = subprocess.run(command, cwd=cwd, env=ENVIRONMENT, capture_output=True, timeout=60, **given)
    result.stderr = result.stderr.decode()
    return result


def tone(seconds, rate=RATE, channels=2):
    """s16le samples of a 440 Hz tone."""
    samples = (int(8000 * math.sin(2 * math.pi * 440 * n / rate)) for n in range(int(seconds * rate)))
    return b"".join(struct.pack("<h", x) * channels for x in samples)


def write_wav(path, seconds, rate=RATE, channels=2):
    with wave.open(str(path), "wb") as sound:
        sound.setparams((channels, 2, rate, 0, "NONE", ""))
        sound.writeframes(tone(seconds, rate, channels))


def mp3_seconds(data):
    """Length of a stream by its frame headers; fails where a header is missing."""
    kbps = {3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
            2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)}  # ISO/IEC 11172-3, 13818-3: 2.4.2.3
    rates = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000)}
    at, seconds = 0, 0.0
    while at < len(data):
        assert data[at] == 0xFF and data[at + 1] & 0xE6 == 0xE2, f"no frame at byte {at}"
        version = data[at + 1] >> 3 & 3
        rate = rates[version][data[at + 2] >> 2 & 3]
        samples = 1152 if version == 3 else 576
        at += samples // 8 * kbps[version][data[at + 2] >> 4] * 1000 // rate + (data[at + 2] >> 1 & 1)
        seconds += samples / rate
    assert at == len(data), "the last frame is cut"
    return seconds


class Station:
    """A running sluice-radio, on a port of its own choice unless one is given."""

    def __init__(self, *arguments, stdin=subprocess.DEVNULL, cwd=None, port=0):
        self.process = subprocess.Popen([RADIO, "--port", str(port), "--json", *arguments], stdin=stdin, cwd=cwd,
                                        env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.said = ""
        self.port = int(self.wait_for(r"http://localhost:(\d+)/live\.mp3")[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def wait_for(self, pattern, seconds=20):
        until = time.monotonic() + seconds
        while not (found := re.search(pattern, self.said)):
            ready, _, _ = select.select([self.process.stderr], [], [], max(0, until - time.monotonic()))
            part = os.read(self.process.stderr.fileno(), 65536).decode() if ready else ""
            assert part, f"'{pattern}' was not said: {self.said}"
            self.said += part
        return found

    def listen(self, seconds=1.0):
        """Seconds of the stream, at 128 kbit/s."""
        with urllib.request.urlopen(f"http://localhost:{self.port}/live.mp3", timeout=20) as stream:
            return stream.read(int(seconds * 16000))

    def end(self, how=signal.SIGINT):
        if how:
            self.process.send_signal(how)
        out, err = self.process.communicate(timeout=20)
        self.said += err.decode()
        assert self.process.returncode == 0, self.said
        return json.loads(out)


class InFolder(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)

    def refused(self, command, place_or_remedy, status=2, **how):
        result = run(*command, cwd=self.folder, **how)
        self.assertEqual(result.returncode, status, (command, result.stderr))
        self.assertIn(place_or_remedy, result.stderr)
        self.assertEqual(result.stdout, b"")


class FileEncoder(InFolder):
    def setUp(self):
        super().setUp()
        write_wav(self.folder / "in.wav", 1)

    def test_help_and_version(self):
        for program in (MP3, RADIO):
            for option in ("--help", "--version"):
                result = run(program, option)
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                self.assertTrue(result.stdout)

    def test_names_the_output_after_the_input(self):
        self.assertEqual(run(MP3, "in.wav", cwd=self.folder).returncode, 0)
        self.assertAlmostEqual(mp3_seconds((self.folder / "in.mp3").read_bytes()), 1, delta=0.11)  # padding, Info frame

    def test_a_pipe_gives_the_frames_of_a_file(self):
        piped = run(MP3, "-S", "-b", "192", "-", "-", cwd=self.folder, data=(self.folder / "in.wav").read_bytes())
        self.assertEqual((piped.returncode, piped.stderr), (0, ""))
        self.assertEqual(run(MP3, "-b", "192", "in.wav", "out.mp3", cwd=self.folder).returncode, 0)
        frame = 144 * 192000 // RATE + 1  # bytes; the first frame holds the Info tag, which a pipe cannot complete
        self.assertEqual(piped.stdout[frame:], (self.folder / "out.mp3").read_bytes()[frame:])

    def test_wrong_usage_and_wrong_files_end_with_2(self):
        (self.folder / "empty.wav").touch()
        (self.folder / "text.wav").write_text("no sound at all, only words\n" * 10)
        for arguments, text in ((["in.wav", "-b", "129"], "128"), (["in.wav", "-b", "1000"], "320"), (["in.wav", "-m", "q"], "-m"),
                                (["gone.wav"], "no such file"), (["empty.wav"], "empty"), (["text.wav"], "raw="),
                                (["in.wav", "in.wav"], ".mp3"), (["in.wav", "o.wav"], "o.wav"), ([], "in"),
                                (["-", "o.mp3"], "standard input is empty")):
            self.refused([MP3, *arguments], text)

    def test_a_folder_with_wrong_files_encodes_the_others_and_ends_with_1(self):
        (self.folder / "text.wav").write_text("no sound at all, only words\n" * 10)
        self.refused([MP3, "."], "1 failed", status=1)
        self.assertTrue((self.folder / "in.mp3").exists())

    def test_a_full_disk_ends_with_1(self):
        self.refused([MP3, "in.wav", "/dev/full"], "the disk is full", status=1)
        self.refused([MP3, "in.wav", "no/such/folder.mp3"], "folder.mp3", status=1)

    def test_a_file_cut_short_is_encoded_with_a_warning(self):
        (self.folder / "cut.wav").write_bytes((self.folder / "in.wav").read_bytes()[:44 + RATE * 2])
        result = run(MP3, "-S", "cut.wav", cwd=self.folder)
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stderr, r"warning: source: missing_s 0\.5: ")
        self.assertAlmostEqual(mp3_seconds((self.folder / "cut.mp3").read_bytes()), 0.5, delta=0.11)

    def test_samples_that_are_no_numbers_give_a_clean_stream(self):
        samples = [float("nan"), float("inf"), -float("inf"), 3e38, 1e-42, 0.5] * 4000
        (self.folder / "odd.raw").write_bytes(struct.pack(f"<{len(samples)}f", *samples))
        self.assertEqual(run(MP3, "--raw", "f32le:44100:1", "odd.raw", "odd.mp3", cwd=self.folder).returncode, 0)
        self.assertGreater(mp3_seconds((self.folder / "odd.mp3").read_bytes()), 0.5)

    def test_tiny_files_and_odd_rates_and_names(self):
        for frames, rate, channels, name in ((1, 44100, 1, "one.wav"), (2, 8000, 2, "$two 'a\".wav"), (9600, 96000, 2, "#hi.wav")):
            write_wav(self.folder / name, frames / rate, rate, channels)
            result = run(MP3, "-S", name, "tiny.mp3", cwd=self.folder)
            self.assertEqual((result.returncode, result.stderr), (0, ""), name)
            self.assertGreater(mp3_seconds((self.folder / "tiny.mp3").read_bytes()), 0)

    def test_what_lies_in_the_working_folder_is_no_graph_of_ours(self):
        for name in ("file_to_mp3", "radio"):
            (self.folder / name).write_text("not a graph\n")
        self.assertEqual(run(MP3, "in.wav", cwd=self.folder).returncode, 0)
        self.assertEqual(run(RADIO, "--print-graph", "--file", "in.wav", cwd=self.folder).returncode, 0)

    def test_a_graph_does_not_overwrite_what_it_reads(self):
        before = (self.folder / "in.wav").read_bytes()
        self.refused([SLUICE, "run", "-e", "file.read(in.wav) -> file.write(in.wav)"], "name another file", status=1)
        self.assertEqual((self.folder / "in.wav").read_bytes(), before)


class Usage(InFolder):
    def test_wrong_usage_ends_with_2(self):
        for arguments, text in ((["--nope"], "--nope"), (["--port", "70000"], "65535"), (["--bitrate", "129"], "128"),
                                (["--file", "gone.wav"], "no such file"), (["--file", "."], "folder"), (["--loop"], "--file"),
                                (["--raw", "s16le:44100:2"], "--file"), (["--for", "0 s"], "--for"), (["--for", "1e30 s"], "--for"),
                                (["--icecast", "nonsense"], "icecast://"), (["--file", "-", "--device", "x"], "--device")):
            self.refused([RADIO, *arguments], text)

    def test_a_busy_port_and_a_foreign_address_end_with_1(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            write_wav(self.folder / "in.wav", 0.1)
            self.refused([RADIO, "--file", "in.wav", "--port", port], f"port {port}", status=1)
        self.refused([RADIO, "--file", "in.wav", "--port", "0", "--bind", "192.0.2.1"], "192.0.2.1", status=1)  # RFC 5737

    def test_the_printed_graph_runs(self):
        write_wav(self.folder / "a $b.wav", 0.3)
        printed = run(RADIO, "--print-graph", "--port", "0", "--file", "a $b.wav", "--title", 'x: "y" #$z', cwd=self.folder)
        self.assertEqual((printed.returncode, printed.stderr), (0, ""))
        (self.folder / "printed.yaml").write_bytes(printed.stdout)
        ran = run(SLUICE, "run", str(self.folder / "printed.yaml"), "--json", cwd="/")  # the sound is beside the graph
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertGreater(json.loads(ran.stdout)["sinks"]["web"]["blocks"], 5)

    def test_a_password_is_never_printed(self):
        printed = run(RADIO, "--print-graph", "--icecast", "icecast://source:hackme@localhost:1/x.mp3", "--file", "/dev/null")
        self.assertNotIn(b"hackme", printed.stdout + printed.stderr.encode())


class OnAir(InFolder):
    def test_a_file_ends_with_the_programme(self):
        write_wav(self.folder / "in.wav", 0.5)
        with Station("--file", "in.wav", cwd=self.folder) as station:
            report = station.end(how=None)
        self.assertEqual(set(report["sinks"]["web"]["latency_ms"]), {"p50", "p90", "p99", "p999", "max"})
        self.assertEqual((report["sinks"]["web"]["late"], report["sinks"]["web"]["shed"]), (0, 0))
        self.assertIn(report["realtime"], (True, False))
        self.assertGreaterEqual(report["elapsed_s"], 0.5)
        for node in report["nodes"].values():
            self.assertLessEqual({"blocks", "busy_s", "errors"}, set(node))

    def test_a_loop_goes_on_until_it_is_stopped(self):
        write_wav(self.folder / "in.wav", 0.2)
        with Station("--file", "in.wav", "--loop", cwd=self.folder) as station:
            self.assertEqual(len(station.listen(1.5)), 24000)
            report = station.end(signal.SIGTERM)
        (reader,) = [node for node in report["nodes"].values() if node["type"] == "file.read"]
        self.assertGreaterEqual(reader["counters"]["loops"], 3)

    def test_a_port_is_free_at_once_after_the_end(self):
        write_wav(self.folder / "in.wav", 60)
        with Station("--file", "in.wav", cwd=self.folder) as first:
            first.listen(0.5)
            first.end()
        with Station("--file", "in.wav", cwd=self.folder, port=first.port) as second:
            self.assertEqual(second.port, first.port)
            second.listen(0.5)
            second.end()

    def test_an_icecast_server_that_is_not_there_is_tried_again(self):
        with Station("--icecast", "icecast://source:hackme@localhost:1/x.mp3") as station:
            station.wait_for(r"(?s)trying again.*trying again")
            station.listen(0.5)  # the others hear nothing of it
            station.end()
            self.assertNotIn("hackme", station.said)

    def test_rubbish_and_silence_at_the_port_disturb_nobody(self):
        with Station() as station, contextlib.ExitStack() as open_sockets:
            for rubbish in (b"", b"\0" * 5000, b"GET", b"GET / HTTP/9.9\r\n\r\n", b"A" * 50000, b"\x16\x03\x01\x02\x00\x01"):
                client = open_sockets.enter_context(socket.create_connection(("127.0.0.1", station.port)))
                with contextlib.suppress(OSError):  # the server may have closed already
                    client.sendall(rubbish)
            self.assertEqual(len(station.listen(1)), 16000)
            report = station.end()
        self.assertEqual(report["nodes"]["web"]["errors"], 0)

    def test_the_status_line_fits_a_narrow_terminal(self):
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
        process = subprocess.Popen([RADIO, "--port", "0"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs,
                                   env=ENVIRONMENT)
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # EIO: the terminal's other end is closed
            while part := os.read(ours, 65536):
                shown += part
                if shown.count(b"dBFS") == 2:
                    process.send_signal(signal.SIGINT)
        os.close(ours)
        self.assertEqual(process.wait(20), 0)
        lines = [text for text in re.split(r"\r\x1b\[K|\r\n", shown.decode()) if "dBFS" in text]
        self.assertTrue(lines)
        for line in lines:
            self.assertLess(len(line), 40)


class StandardInput(unittest.TestCase):
    ARGUMENTS = ("--file", "-", "--raw", f"s16le:{RATE}:2")

    def test_a_feeder_that_stalls_leaves_no_delay_behind(self):
        for attempt in range(4):
            lateness, latency, late = self.stalling_feeder()
            if lateness < 0.03:  # else it was the machine, not the radio, that was late
                break
        else:
            self.skipTest(f"this machine is too busy: the feeder itself was {lateness * 1000:.0f} ms late")
        self.assertLess(latency["p90"], 250)
        self.assertLessEqual(late, 8, "only what was in the encoder during the stall is late")

    def stalling_feeder(self):
        """Feeds 5 s of sound with a stall in it; how late the feeder was at worst, in seconds, and what the sink says."""
        block, blocks, stall_at = tone(0.02), 250, 60
        lateness = [0.0]
        go_on = threading.Event()

        def feed(pipe):
            start = time.monotonic()
            for n in range(blocks):
                if n == stall_at:
                    go_on.wait(20)
                    start = time.monotonic() - n * 0.02
                time.sleep(max(0, start + n * 0.02 - time.monotonic()))  # a feeder's own clock
                lateness.append(time.monotonic() - (start + n * 0.02))
                pipe.write(block)
                pipe.flush()
            pipe.close()

        with Station(*self.ARGUMENTS, stdin=subprocess.PIPE) as station:
            feeder = threading.Thread(target=feed, args=(station.process.stdin,))
            feeder.start()
            station.listen(0.5)
            with self.assertRaises(OSError):  # the stall is heard
                with urllib.request.urlopen(f"http://localhost:{station.port}/live.mp3", timeout=0.7) as stream:
                    stream.read(100000)
            go_on.set()
            feeder.join(30)
            station.process.stdin = None
            report = station.end(how=None)  # the end of the feeder is the end of the programme
        web = report["sinks"]["web"]
        return max(lateness), web["latency_ms"], web["late"]

    def test_a_feeder_that_dies_ends_the_programme(self):
        with subprocess.Popen(["sleep", "60"], stdout=subprocess.PIPE) as feeder, Station(*self.ARGUMENTS, stdin=feeder.stdout) as station:
            feeder.kill()
            station.end(how=None)

    def test_a_silent_pipe_can_be_left(self):
        read_end, write_end = os.pipe()
        with Station(*self.ARGUMENTS, stdin=read_end) as station:
            station.end(signal.SIGTERM)
        os.close(read_end)
        os.close(write_end)


class Stopping(InFolder):
    def start(self, chain, stdout=subprocess.DEVNULL):
        process = subprocess.Popen([SLUICE, "run", "-e", chain], stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE,
                                   cwd=self.folder, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.kill)
        return process

    def test_waiting_for_the_first_bytes_of_a_pipe_can_be_left(self):
        os.mkfifo(self.folder / "pipe")
        process = self.start("file.read(pipe) -> discard")
        writer = None
        while writer is None and process.poll() is None:
            with contextlib.suppress(OSError):  # ENXIO until it has come to open the pipe
                writer = os.open(self.folder / "pipe", os.O_WRONLY | os.O_NONBLOCK)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(5), 0)
        os.close(writer)

    def test_a_reader_that_takes_nothing_is_given_up(self):
        read_end, write_end = os.pipe()
        process = self.start("tone(block=1 s) -> file.write(-)", stdout=write_end)  # one block is more than a pipe holds
        os.close(write_end)
        held = bytearray(4)
        while int.from_bytes(held, "little") < 32768 and process.poll() is None:  # until it is in the midst of a block
            fcntl.ioctl(read_end, termios.FIONREAD, held)
        process.send_signal(signal.SIGINT)
        with self.assertRaises(subprocess.TimeoutExpired):  # it drains: the reader may come back
            process.wait(0.6)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(5), 1)
        self.assertIn("error", process.stderr.read())
        os.close(read_end)


if __name__ == "__main__":
    unittest.main()
