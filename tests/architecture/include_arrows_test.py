#!/usr/bin/env python3
"""The include check must see what it forbids: each test plants one violation, or one near it that is allowed."""

import tempfile
import unittest
from pathlib import Path

from include_arrows import violations


class IncludeArrows(unittest.TestCase):
    def found(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return violations(folder)[0]

    def assert_forbidden(self, files, place):
        found = self.found(files)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(place), found)

    def assert_allowed(self, files):
        self.assertEqual(self.found(files), [])

    def test_a_family_includes_another(self):
        self.assert_forbidden({"nodes/dsp/gain.cpp": '\n#include "nodes/mp3/granule.h"\n'}, "nodes/dsp/gain.cpp:2:")

    def test_a_family_includes_another_by_a_relative_path(self):
        files = {"nodes/dsp/gain.cpp": '#include "../mp3/granule.h"\n', "nodes/mp3/granule.h": ""}
        self.assert_forbidden(files, "nodes/dsp/gain.cpp:1:")

    def test_a_family_includes_the_kernels_of_another(self):
        self.assert_forbidden({"nodes/net/listen.cpp": '#include "nodes/mp3/kernels/tables.h"\n'}, "nodes/net/listen.cpp")

    def test_a_family_includes_its_own_kernels_and_the_rooms_of_a_node_author(self):
        self.assert_allowed({"nodes/mp3/mdct.cpp": '#include "nodes/mp3/kernels/mdct.h"\n#include "engine/node/node.h"\n'})

    def test_a_node_includes_the_scheduler(self):
        self.assert_forbidden({"nodes/io/file.cpp": '#include "engine/run/executor.h"\n'}, "nodes/io/file.cpp:1:")

    def test_a_kernel_includes_the_engine(self):
        self.assert_forbidden({"nodes/mp3/kernels/mdct.h": '#include "engine/core/result.h"\n'}, "nodes/mp3/kernels/mdct.h:1:")

    def test_a_kernel_includes_a_library(self):
        self.assert_forbidden({"nodes/dsp/kernels/fir.cpp": "#include <span>\n#include <fftw3.h>\n"}, "nodes/dsp/kernels/fir.cpp:2:")

    def test_a_kernels_test_includes_googletest(self):
        self.assert_allowed({"nodes/dsp/kernels/fir_test.cpp": "#include <gtest/gtest.h>\n#include <cmath>\n"})

    def test_a_lower_engine_room_includes_a_higher_one(self):
        self.assert_forbidden({"engine/stream/block.cpp": '#include "engine/graph/plan.h"\n'}, "engine/stream/block.cpp:1:")

    def test_a_higher_engine_room_includes_a_lower_one(self):
        self.assert_allowed({"engine/run/executor.cpp": '#include "engine/graph/plan.h"\n#include "engine/core/result.h"\n'})

    def test_the_engine_includes_a_node(self):
        self.assert_forbidden({"engine/graph/load.cpp": '#include "nodes/io/file.h"\n'}, "engine/graph/load.cpp:1:")

    def test_a_product_source_includes_the_testing_room(self):
        self.assert_forbidden({"nodes/dsp/gain.cpp": '#include "engine/testing/harness.h"\n'}, "nodes/dsp/gain.cpp:1:")

    def test_a_unit_test_includes_the_testing_room(self):
        self.assert_allowed({"nodes/dsp/gain_test.cpp": '#include "engine/testing/harness.h"\n',
                             "nodes/dsp/signals_for_tests.h": '#include "engine/testing/harness.h"\n',
                             "engine/core/clock_test.cpp": '#include "engine/testing/fake_clock.h"\n'})

    def test_a_product_source_includes_a_header_for_tests(self):
        files = {"nodes/dsp/gain.cpp": '#include "nodes/dsp/signals_for_tests.h"\n', "nodes/dsp/signals_for_tests.h": ""}
        self.assert_forbidden(files, "nodes/dsp/gain.cpp:1:")

    def test_a_product_source_includes_the_tests(self):
        self.assert_forbidden({"apps/sluice/main.cpp": '#include "tests/fuzz/seeds.h"\n'}, "apps/sluice/main.cpp:1:")

    def test_a_program_includes_all_that_is_below_it(self):
        self.assert_allowed({"apps/sluice/main.cpp": '#include "engine/run/session.h"\n#include "nodes/net/kernels/web_text.h"\n'})

    def test_a_node_includes_a_program(self):
        self.assert_forbidden({"nodes/net/page.cpp": '#include "apps/web/page.h"\n'}, "nodes/net/page.cpp:1:")

    def test_the_engine_names_a_node(self):
        node = {"nodes/mp3/encode.cpp": 'REGISTER_NODE(Encode, "mp3.encode")\n'}
        self.assert_forbidden({**node, "engine/graph/load.cpp": '\nif (type == "mp3.encode") return;\n'}, "engine/graph/load.cpp:2:")

    def test_the_engine_names_a_family(self):
        node = {"nodes/mp3/encode.cpp": 'REGISTER_NODE(Encode, "mp3.encode")\n'}
        self.assert_forbidden({**node, "engine/graph/load.cpp": 'if (type.starts_with("mp3.")) return;\n'}, "engine/graph/load.cpp:1:")

    def test_an_engine_message_may_give_a_node_as_an_example(self):
        node = {"nodes/mp3/encode.cpp": 'REGISTER_NODE(Encode, "mp3.encode")\n'}
        self.assert_allowed({**node, "engine/graph/load.cpp": 'report("such as: tone -> mp3.encode -> discard");\n'})

    def test_an_engine_comment_may_give_a_node_as_an_example(self):
        node = {"nodes/mp3/encode.cpp": 'REGISTER_NODE(Encode, "mp3.encode")\n'}
        self.assert_allowed({**node, "engine/graph/load.cpp": '// such as "mp3.encode"\n'})

    def test_intrinsics_outside_a_dispatched_file(self):
        self.assert_forbidden({"nodes/dsp/kernels/fir.cpp": "#include <immintrin.h>\n"}, "nodes/dsp/kernels/fir.cpp:1:")

    def test_intrinsics_in_a_dispatched_file(self):
        self.assert_allowed({"nodes/dsp/kernels/fir_avx2.cpp": "#include <immintrin.h>\n"})


if __name__ == "__main__":
    unittest.main()
