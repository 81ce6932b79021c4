// How an MP3 file's frames are spread over the bitrates.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace sluice::apps {

struct BitrateHistogram {
  std::map<int, std::int64_t> frames;  // by kbit/s
  std::uint64_t bytes = 0;             // of all frames
  double seconds = 0;

  double mean_kbps() const { return seconds > 0 ? 8e-3 * static_cast<double>(bytes) / seconds : 0; }
  std::string text() const;  // a bar a line, as LAME prints it
};

// Reads only headers, of frames without a gap between them; empty for other files.
BitrateHistogram read_histogram(const std::string& path);

}  // namespace sluice::apps
