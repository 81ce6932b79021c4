// Temporary files and signals that the tests of this family share.
#pragma once

#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numbers>
#include <string>
#include <vector>

#include "engine/testing/node_harness.h"

namespace sluice::io {

using Channel = std::vector<float>;
using Audio = std::vector<Channel>;

// A folder that goes with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "sluice-io-XXXXXX").string();
    folder_ = ::mkdtemp(name.data()) ? name : "";
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string operator/(const std::string& name) const { return folder_ + "/" + name; }

 private:
  std::string folder_;
};

inline std::string slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void spill(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline Channel sine(double freq_hz, double rate_hz, std::size_t frames, double amplitude = 0.5) {
  Channel x(frames);
  for (std::size_t n = 0; n < frames; ++n)
    x[n] = static_cast<float>(amplitude * std::sin(2 * std::numbers::pi * freq_hz * static_cast<double>(n) / rate_hz));
  return x;
}

// Every 16-bit value in a scrambled order (an odd step visits all), then again from another start: 65536 frames.
inline Audio all_16_bit_values() {
  Audio x(2, Channel(65536));
  for (std::uint32_t n = 0; n < 65536; ++n) {
    x[0][n] = static_cast<float>(static_cast<std::int16_t>(n * 40503u)) / 32768.0f;
    x[1][n] = static_cast<float>(static_cast<std::int16_t>(n * 30011u + 7)) / 32768.0f;
  }
  return x;
}

inline double snr_db(const Channel& reference, const Channel& x) {
  double signal = 0, error = 0;
  for (std::size_t n = 0; n < std::min(reference.size(), x.size()); ++n) {
    signal += std::pow(static_cast<double>(reference[n]), 2);
    error += std::pow(static_cast<double>(reference[n]) - static_cast<double>(x[n]), 2);
  }
  return 10 * std::log10(signal / std::max(error, 1e-30));
}

// Writes `x` with file.write; `set` are parameters in pairs. Empty when all went well, else the error.
inline std::string write_file(const std::string& path, const Audio& x, double rate_hz,
                              const std::vector<std::pair<std::string, std::string>>& set = {},
                              std::int64_t block = 441) {
  NodeHarness h("file.write");
  if (!h.set("path", path)) return "path";
  for (const auto& [name, value] : set)
    if (const Status status = h.set(name, value); !status) return status.error().text();
  h.connect("in", audio_spec(rate_hz, static_cast<int>(x.size()), block));
  if (const Status status = h.start(); !status) return status.error().text();
  h.feed_audio("in", x);
  h.end();
  h.node().stop();
  return std::string(h.node().failure());
}

// Reads a file with file.read to its end.
struct ReadBack {
  std::string error;
  Audio audio;
  Format format;
  double loops = 0;
  double missing_s = 0;
};
inline ReadBack read_file(const std::string& path, const std::vector<std::pair<std::string, std::string>>& set = {}) {
  NodeHarness h("file.read");
  ReadBack result;
  if (const Status status = h.set("path", path); !status) return {status.error().text(), {}, {}};
  for (const auto& [name, value] : set)
    if (const Status status = h.set(name, value); !status) return {status.error().text(), {}, {}};
  if (const Status status = h.start(); !status) return {status.error().text(), {}, {}};
  for (int calls = 0; calls < 1000000 && h.pull().when != Pull::When::ended; ++calls) {
  }
  return {std::string(h.node().failure()), h.audio("out"), h.node().outs()[0]->format(), h.counter("loops"),
          h.counter("missing_s")};
}

}  // namespace sluice::io
