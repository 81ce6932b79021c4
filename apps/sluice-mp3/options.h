// The command line: LAME's familiar flags, and what they set in graphs/file_to_mp3.yaml.
#pragma once

#include <string>
#include <vector>

#include "apps/common/load_graph.h"

namespace CLI {
class App;
}

namespace sluice::apps {

struct Tags {
  std::string title, artist, album, year, comment, track, genre, cover;
};

struct EncodeOptions {
  std::vector<std::string> names;  // IN [OUT], or many to be encoded
  std::string out_dir;
  int jobs = 1;

  int bitrate = 128;  // kbit/s; with -V and --abr: the least
  bool bitrate_given = false;
  double quality = -1;  // -V; -1: not asked for
  int abr = 0;          // kbit/s; 0: not asked for
  int max_bitrate = 0;  // kbit/s
  std::string preset;
  char mode = 'a';
  double resample_khz = 0;
  double lowpass_khz = 0;
  double ath_lower_db = 0;  // threshold in quiet
  bool full_band = false, no_reservoir = false, crc = false, no_info_tag = false, replay_gain = false;

  bool raw_input = false;
  double raw_rate_khz = 44.1;
  int raw_bits = 16;
  bool raw_big_endian = false;
  std::string raw;  // s16le:44100:2

  Tags tags;
  bool id3v1_only = false, id3v2_only = false;

  bool quiet = false, json = false, no_histogram = false;
  int threads = 1;

  bool constant_bitrate() const { return quality < 0 && abr == 0; }
};

void add_options(CLI::App& app, EncodeOptions& options);
// What presets stand for, and what contradicts itself. After parsing.
Status settle(EncodeOptions& options);
// The graph that encodes `in` as `out`.
GraphRequest request_for(const EncodeOptions& options, const std::string& in, const std::string& out);
// "128 kbit/s", "-V 2", "ABR 160 kbit/s".
std::string rate_text(const EncodeOptions& options);

}  // namespace sluice::apps
