#!/usr/bin/env python3
"""A SoapySDR device, from the command line: listed, read, written, absent, gone. The device is the tests' own module
(nodes/sdr/testing/scripted_radio.cpp), found by SoapySDR where it finds every driver."""

import json
import os
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SLUICE = str(Path(os.environ["SLUICE_BIN"], "sluice"))
MODULES = Path(os.environ["SLUICE_BIN"]).parent / "tests" / "soapy"
PATIENCE = 120  # s, for one run on a busy machine


class SoapyDevices(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def sluice(self, *arguments, modules=MODULES):
        return subprocess.run([SLUICE, *map(str, arguments)], cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=PATIENCE, check=False, env={**os.environ, "SOAPY_SDR_PLUGIN_PATH": str(modules)})

    def test_devices_lists_it(self):
        self.assertIn("driver=scripted", self.sluice("devices").stdout)
        radios = [entry for entry in json.loads(self.sluice("devices", "--json").stdout) if entry["kind"] == "radio"]
        self.assertIn({"kind": "radio", "name": "scripted radio", "arguments": "driver=scripted"}, radios)

    def test_devices_says_that_there_is_none(self):
        listed = self.sluice("devices", modules=self.folder)
        self.assertEqual(listed.returncode, 0)
        self.assertIn("no radio: SoapySDR", listed.stderr)

    def test_what_is_received_is_exact(self):
        result = self.sluice("run", "-e", 'sdr.soapy_source(device="driver=scripted", rate=1 MHz, duration=0.1 s)'
                                          " -> iq.file_write(heard.cf32)")
        self.assertEqual(result.returncode, 0, result.stderr)
        heard = struct.iter_unpack("<ff", (self.folder / "heard.cf32").read_bytes())
        numbers = [round(8192 * (re + 8192 * im)) for re, im in heard]
        self.assertEqual(numbers, list(range(100_000)))

    def test_what_is_sent_is_exact(self):
        samples = b"".join(struct.pack("<ff", n / 1e6, -n / 1e6) for n in range(100_000))
        (self.folder / "to_send.cf32").write_bytes(samples)
        result = self.sluice("run", "-e", "iq.file_read(to_send.cf32, rate=1 MHz)"
                                          ' -> sdr.soapy_sink(device="driver=scripted, out=sent.cf32")')
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual((self.folder / "sent.cf32").read_bytes(), samples)

    def test_without_a_device_there_is_one_error_with_a_remedy(self):
        result = self.sluice("run", "-e", 'sdr.soapy_source(device="driver=rtlsdr") -> discard', modules="/nonexistent")
        self.assertNotEqual(result.returncode, 0)
        if "there are:" in result.stderr:
            self.skipTest("this machine has a radio")
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertIn("no radio fits 'driver=rtlsdr'", result.stderr)
        self.assertIn("soapysdr-module-", result.stderr)

    def test_a_device_that_goes_away_ends_the_graph_with_its_reason(self):
        result = self.sluice("run", "-e", 'sdr.soapy_source(device="driver=scripted, vanish_at=20000", rate=1 MHz,'
                                          " give_up=0.6 s, timeout=0.05 s) -> iq.file_write(heard.cf32)")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("gone", result.stderr)
        self.assertEqual((self.folder / "heard.cf32").stat().st_size, 8 * 20_000)


if __name__ == "__main__":
    if not any(MODULES.glob("*.so")):
        print("the tests' radio is not built")
        sys.exit(77)
    unittest.main()
