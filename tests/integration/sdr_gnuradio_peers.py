#!/usr/bin/env python3
"""GNU Radio, gr-rds and gr-osmosdr hear what we send (Debian's packages: tools/setup peers): the WFM receiver our stereo, gr-rds
our RDS, the rtl_tcp client our server; and GNU Radio's own OFDM packet link beside ours over the same channel."""

# ctest: TIMEOUT 400

import os
import re
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

DEBIAN_PYTHON = "/usr/bin/python3"  # which GNU Radio's packages are for
try:
    import numpy as np
    import osmosdr
    import pmt
    import rds
    from gnuradio import analog, blocks, digital, filter, gr
    from gnuradio.filter import firdes
except ImportError:
    if sys.executable != DEBIAN_PYTHON and os.path.exists(DEBIAN_PYTHON):
        os.execv(DEBIAN_PYTHON, [DEBIAN_PYTHON, *sys.argv])
    print("gnuradio, gr-rds and gr-osmosdr are not installed (tools/setup peers)")
    sys.exit(77)

SLUICE = str(Path(os.environ["SLUICE_BIN"], "sluice"))
GRAPHS = Path(os.environ["SLUICE_ROOT"], "graphs")
PATIENCE = 300  # s, for one run on a busy machine
MPX_RATE = 240_000
RADIO_RATE = 480_000
CHANNEL = "snr=15 dB, cfo=480 Hz, sro=20, echoes=mild, occupied=0.8"
OFDM = dict(fft_len=64, cp_len=16, packet_length_tag_key="packet_length", bps_header=1, bps_payload=2, scramble_bits=True)
PACKET = 96  # bytes, as in GNU Radio's examples


def wfm_receiver(path, rate):
    """Left and right at 48 kHz of GNU Radio's stereo receiver."""
    graph = gr.top_block()
    source = blocks.file_source(gr.sizeof_gr_complex, str(path), False)
    band = filter.fir_filter_ccf(int(rate / MPX_RATE), firdes.low_pass(1, rate, 110e3, 25e3))
    receiver = analog.wfm_rcv_pll(MPX_RATE, MPX_RATE // 48000, 50e-6)
    sinks = blocks.vector_sink_f(), blocks.vector_sink_f()
    graph.connect(source, band, receiver)
    for channel, sink in enumerate(sinks):
        graph.connect((receiver, channel), sink)
    graph.run()
    return [np.array(sink.data()) for sink in sinks]


def rds_receiver(path, rate):
    """What gr-rds tells, by its message types: 0 PI, 1 PS, 4 RT. The chain is that of its rds_rx flow graph."""
    graph = gr.top_block()
    bpsk = digital.constellation_bpsk().base()
    cosine = np.array(firdes.root_raised_cosine(1, 19000, 2375, 1.0, 151))
    parser = rds.parser(False, False, 0)
    decoder = rds.decoder(False, False)
    messages = blocks.message_debug()
    graph.connect(blocks.file_source(gr.sizeof_gr_complex, str(path), False),
                  filter.fir_filter_ccf(int(rate / MPX_RATE), firdes.low_pass(1, rate, 110e3, 25e3)),
                  analog.quadrature_demod_cf(MPX_RATE / (2 * np.pi * 75e3)),
                  filter.freq_xlating_fir_filter_fcc(10, firdes.low_pass(1, MPX_RATE, 7.5e3, 5e3), 57e3, MPX_RATE),
                  filter.rational_resampler_ccc(interpolation=19, decimation=24),
                  filter.fir_filter_ccf(1, list(cosine - np.roll(cosine, 8))),  # both halves of a biphase symbol
                  analog.agc_cc(2e-3, 0.585, 53),
                  digital.symbol_sync_cc(digital.TED_ZERO_CROSSING, 16, 0.01, 1.0, 1.0, 0.1, 1, bpsk),
                  digital.constellation_receiver_cb(bpsk, 2 * np.pi / 100, -0.002, 0.002),
                  digital.diff_decoder_bb(2), decoder)
    graph.msg_connect((decoder, "out"), (parser, "in"))
    graph.msg_connect((parser, "out"), (messages, "store"))
    graph.run()
    told = [pmt.to_python(messages.get_message(n)) for n in range(messages.num_messages())]
    return {message[0]: message[1] for message in told}


def ofdm_transmitter(data):
    graph = gr.top_block()
    sink = blocks.vector_sink_c()
    graph.connect(blocks.vector_source_b(list(data), False, 1, []),
                  blocks.stream_to_tagged_stream(1, 1, PACKET, "packet_length"),
                  digital.ofdm_tx(rolloff=0, **OFDM), sink)
    graph.run()
    return np.array(sink.data(), np.complex64)


def ofdm_receiver(path):
    graph = gr.top_block()
    sink = blocks.vector_sink_b()
    graph.connect(blocks.file_source(gr.sizeof_gr_complex, str(path), False),
                  digital.ofdm_rx(frame_length_tag_key="frame_length", **OFDM), sink)
    graph.run()
    return bytes(sink.data())


def osmosdr_client(port, rate, count):
    graph = gr.top_block()
    source = osmosdr.source(args=f"rtl_tcp=127.0.0.1:{port}")
    source.set_sample_rate(rate)
    sink = blocks.vector_sink_c()
    graph.connect(source, blocks.head(gr.sizeof_gr_complex, count), sink)
    graph.run()
    return np.array(sink.data(), np.complex64)


def level(sound, frequency):
    window = np.hanning(len(sound))
    turn = np.exp(-2j * np.pi * frequency * np.arange(len(sound)) / 48000)
    return 2 * abs(np.sum(sound * window * turn)) / window.sum()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class GnuRadio(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_ok(self, *arguments):
        result = subprocess.run([SLUICE, *map(str, arguments)], cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True,
                                text=True, timeout=PATIENCE, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def send_fm(self, seconds, out, rate="1.2 MHz"):
        """1 kHz on the left, 400 Hz on the right."""
        n = np.arange(48000 * seconds)
        sound = np.stack([np.sin(2 * np.pi * f / 48000 * n) for f in (1000, 400)], 1)
        (self.folder / "sound.s16").write_bytes((16000 * sound).astype("<i2").tobytes())
        self.run_ok("run", "-e", f'file.read(sound.s16, raw="s16le:48000:2") -> sdr.fm_tx(rate={rate}, pi=ABCD, ps=TESTFM,'
                                 f' rt="Artist - Title") -> iq.file_write({out})')

    def test_the_wfm_receiver_separates_left_from_right(self):
        self.send_fm(3, "fm.cf32")
        left, right = (x[len(x) // 2:len(x) // 2 + 24000] for x in wfm_receiver(self.folder / "fm.cf32", 1.2e6))
        separation = (20 * np.log10(level(left, 1000) / level(left, 400)), 20 * np.log10(level(right, 400) / level(right, 1000)))
        print(f"wfm_rcv_pll: separation {separation[0]:.1f} and {separation[1]:.1f} dB")
        self.assertGreaterEqual(min(separation), 30)

    def test_gr_rds_reads_the_station(self):
        self.send_fm(8, "fm.cf32")
        told = rds_receiver(self.folder / "fm.cf32", 1.2e6)
        self.assertEqual(told.get(0), "ABCD", told)
        self.assertEqual(told.get(1, "").strip(), "TESTFM", told)
        self.assertEqual(re.split(r"[\r\0]", told.get(4, ""))[0].strip(), "Artist - Title", told)

    def test_osmosdr_reads_our_rtl_tcp_server(self):
        port = free_port()
        server = subprocess.Popen([SLUICE, "run", "-e", "tune(rate=48 kHz, duration=100 s) -> pace -> f: sdr.fm_tx(rate=480 kHz)"
                                                        f" -> sdr.rtl_tcp_server(port={port}); f -> iq.file_write(sent.cu8)"],
                                  cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        self.wait_for(port, server)
        heard = osmosdr_client(port, 480e3, 100_000)
        # gr-osmosdr's table of a byte b is (b - 127.4) / 128 in I and Q.
        received = np.rint(128 * heard.view(np.float32) + 127.4).astype(np.uint8).tobytes()
        server.terminate()
        server.wait(timeout=PATIENCE)
        sent = (self.folder / "sent.cu8").read_bytes()
        self.assertIn(received[40_000:60_000], sent)

    def wait_for(self, port, server):
        while server.poll() is None:
            with socket.socket() as probe:
                probe.settimeout(1)
                try:
                    probe.connect(("127.0.0.1", port))
                    return
                except OSError:
                    continue
        self.fail("the server ended")

    def test_over_the_same_channel_we_lose_no_more_than_its_ofdm_link(self):
        count = 300
        data = np.random.default_rng(1).integers(0, 256, count * PACKET).astype(np.uint8).tobytes()
        sent = ofdm_transmitter(data)
        sent *= 10 ** (-12 / 20) / np.sqrt(np.mean(abs(sent) ** 2))
        (self.folder / "theirs.cf32").write_bytes(np.concatenate([sent, np.zeros(4000, np.complex64)]).tobytes())
        packets = {data[n:n + PACKET] for n in range(0, len(data), PACKET)}
        theirs = {}
        for channel in ("snr=40 dB", CHANNEL):
            self.run_ok("run", "-e", f"iq.file_read(theirs.cf32, rate={RADIO_RATE}) -> sdr.channel({channel}) -> iq.file_write(air.cf32)")
            heard = ofdm_receiver(self.folder / "air.cf32")
            theirs[channel] = 1 - len(packets & {heard[n:n + PACKET] for n in range(0, len(heard), PACKET)}) / count
        self.assertLess(theirs["snr=40 dB"], 0.3, "GNU Radio's link is not set up as it should be")

        self.run_ok("run", "-e", "tune(duration=8 s, rate=48 kHz) -> file.write(sound.wav)")
        self.run_ok("run", GRAPHS / "air_tx.yaml", "--set", "in=sound.wav", "--replace",
                    f"air=sdr.channel({CHANNEL}) -> iq.file_write(air.cf32)")
        report = self.run_ok("run", GRAPHS / "air_rx.yaml", "--set", "in=air.cf32", "--json")
        lost, received = (int(re.search(rf'"{name}": *(\d+)', report)[1]) for name in ("lost", "packets"))
        ours = lost / (lost + received)
        print(f"packets lost: GNU Radio {theirs}, ours {ours:.4f} over {CHANNEL}")
        self.assertEqual(ours, 0)
        self.assertLessEqual(ours, theirs[CHANNEL])


if __name__ == "__main__":
    unittest.main()
