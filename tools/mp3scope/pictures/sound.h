// The sound of a file as one channel, the mean of all.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/mp3scope/walk/scanner.h"

namespace sluice::mp3scope {

struct Sound {
  double rate_hz = 0;
  std::vector<float> x;  // full scale +-1
};

inline constexpr double kLongestSound = 1800;  // s; what is behind it is not drawn

// What libmpg123 makes of an MP3 file, without the encoder's padding. Empty when it makes nothing of it.
std::optional<Sound> decode_mp3(Bytes file);
// A WAV, FLAC, Ogg or AIFF file, by libsndfile.
std::optional<Sound> read_sound(const std::string& path);

// Moves `original` in time to where it correlates best with `decoded`, within 0.1 s, and gives both one length. Rates
// must be equal.
void align(Sound& decoded, Sound& original);

}  // namespace sluice::mp3scope
