#!/usr/bin/env python3
"""sluice-bench prints what tools/bench peers reads, loses no block, and a hop costs no multiple of a copy."""
# ctest: RUN_SERIAL TRUE

import json
import os
import statistics
import subprocess
import unittest
from pathlib import Path

BENCH = str(Path(os.environ["SLUICE_BIN"], "sluice-bench"))

# What the programs of all engines print.
FIELDS = {"engine", "version", "variant", "workload", "n", "block", "window", "wall_s", "blocks", "samples_per_s", "blocks_per_s",
          "hops_per_s", "cpu_cores", "cpu_ns_per_hop", "csw_per_block", "threads", "rss_kb", "lat_n", "lat_p50_us", "lat_p90_us",
          "lat_p99_us", "lat_max_us", "errors", "join_errors", "other_load_cores"}


def bench(workload, *arguments, seconds=0.2):
    done = subprocess.run([BENCH, "--workload", workload, "--warmup", "0.05", "--seconds", str(seconds), *arguments],
                          capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


class Line(unittest.TestCase):
    def test_has_every_field_and_no_block_is_lost(self):
        for workload, arguments in (("chain", []), ("chain", ["--variant", "pass"]), ("chain", ["--cut", "8"]),
                                    ("chain", ["--n", "200", "--block", "64"]), ("fan", []), ("latency", ["--period-us", "2000"]),
                                    ("overload", ["--period-us", "2000", "--block", "96"]), ("chain", ["--engine", "inline"])):
            with self.subTest(workload=workload, arguments=arguments):
                line = bench(workload, *arguments)
                self.assertLessEqual(FIELDS, line.keys())
                self.assertGreater(line["blocks"], 0)
                self.assertEqual((line["errors"], line["join_errors"]), (0, 0))

    def test_latency_is_measured_where_the_workload_is_stamped(self):
        self.assertGreater(bench("latency", "--period-us", "1000")["lat_n"], 0)
        self.assertEqual(bench("chain")["lat_n"], 0)

    def test_counts_by_turns_gives_a_ratio_of_every_four_slices(self):
        for sight in ("alternate", "control"):
            with self.subTest(sight=sight):
                line = bench("chain", "--sight", sight, seconds=0.5)
                self.assertEqual((line["errors"], line["join_errors"]), (0, 0))
                self.assertGreater(len(line["counts_over_none"]), 1)
                self.assertTrue(all(0.1 < ratio < 10 for ratio in line["counts_over_none"]), line["counts_over_none"])
        self.assertNotIn("counts_over_none", bench("chain"))

    def test_wrong_usage_ends_with_2(self):
        done = subprocess.run([BENCH, "--workload", "race"], capture_output=True, check=False)
        self.assertEqual(done.returncode, 2)


class Cost(unittest.TestCase):
    def test_a_copying_hop_costs_less_than_three_times_the_inline_loop(self):
        ratios = []
        for _ in range(5):
            floor = bench("chain", "--engine", "inline", "--block", "512")["cpu_ns_per_hop"]
            ratios.append(bench("chain", "--block", "512")["cpu_ns_per_hop"] / floor)
        self.assertLess(statistics.median(ratios), 3, "measured 1.3 on an idle and on a loaded machine alike")


if __name__ == "__main__":
    unittest.main()
