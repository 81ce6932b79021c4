// What flows between the five nodes of the encoder. Each link's Format carries the stream's settings as text in
// `codec`, so that a setting is given to one node only and the later ones learn it: "joint look-ahead", then
// "joint look-ahead constant 128 ...".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/node/node.h"
#include "nodes/mp3/kernels/analysis.h"
#include "nodes/mp3/kernels/quantized.h"

namespace sluice::mp3 {

// One granule of all channels, 576 samples each, after the polyphase filterbank.
struct Subbands {
  static constexpr std::string_view kMedia = "mp3.subbands";
  SubbandSet channel;
  std::int64_t samples;  // of the input so far, this granule included: silence appended at the end does not count
};

// One granule of all channels as MDCT lines.
struct SpectrumGranule {
  static constexpr std::string_view kMedia = "mp3.spectrum";
  SpectrumSet channel;
  std::int64_t samples;
};

// One frame of spectra, left/right or mid/side, with masking thresholds. A block holds one or more that follow one
// another; its stamps are the first one's.
struct MaskedFrame {
  static constexpr std::string_view kMedia = "mp3.masked_spectrum";
  AnalysedFrame frame;
  std::int64_t samples;
};
inline constexpr int kMaxGathered = 64;  // frames in a block

inline std::span<const MaskedFrame> masked_frames(const Block& block) {
  return {&block.as<MaskedFrame>(), block.bytes().size() / sizeof(MaskedFrame)};
}

// One quantised frame.
struct CodedFrame {
  static constexpr std::string_view kMedia = "mp3.quantised";
  QuantizedFrame frame;
  std::int64_t samples;
};

// The settings in a link's `codec`. The filterbank sets the first two, mp3.quantize the rest.
struct StreamSettings {
  StereoMode stereo = StereoMode::kJoint;
  bool look_ahead = true;  // block types are decided with the next granule in view
  RateMethod method = RateMethod::kConstant;
  int bitrate_kbps = 0;  // of every frame; the nearest to the mean, or to what music comes to; 0: not decided yet
  int mean_kbps = 0;     // kMean
  double quality = 0.0;  // kVariable: 0 best .. 10
  int min_kbps = 0;      // of frames that differ
  int max_kbps = 0;
  int reservoir_bytes = 0;
  int lowpass_hz = 0;
  bool crc = false;

  std::string text() const;
  static StreamSettings parse(std::string_view text);
};

// The stream that a link's format describes; before the bitrate is decided, at any. Empty for a rate outside the
// standard.
std::optional<StreamFormat> stream_format(const Format& link);

// "8000, 11025, ... Hz" and "32, 40, ... kbit/s", for messages.
std::string allowed_rates();
std::string allowed_bitrates(int rate_hz);
// The bitrate of the standard nearest to `kbps`; 0 for a rate outside the standard.
int nearest_bitrate(int rate_hz, double kbps);

}  // namespace sluice::mp3
