#include "nodes/mp3/kernels/info_tag.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "nodes/mp3/kernels/bitstream.h"
#include "nodes/mp3/kernels/crc.h"
#include "nodes/mp3/kernels/frame_header.h"

namespace sluice::mp3 {
namespace {

constexpr int kTagBytes = 156;
// Players trust delay and padding only behind a name they know: hence the prefix.
constexpr std::string_view kEncoderName = "LAMESLU01";
// Places in the tag, from its first byte.
constexpr std::size_t kPeakPlace = 131;
constexpr std::size_t kCrcPlace = 154;
// ReplayGain's name "track" and originator "set automatically".
constexpr std::uint32_t kTrackGain = 1u << 13 | 3u << 10;
constexpr double kMaxGainDb = 51.1;  // nine bits of tenths
constexpr int kStereoMono = 0;
constexpr int kStereoPlain = 1;
constexpr int kStereoJoint = 3;

int tag_bitrate_index(const StreamFormat& format) {
  int index = format.bitrate_index;
  while (index < 14 && format.frame_bytes_at(index) < 4 + format.side_info_bytes() + kTagBytes) ++index;
  return index;
}

class BigEndian {
 public:
  explicit BigEndian(std::uint8_t* at) : at_(at) {}
  void put(std::uint32_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) *at_++ = static_cast<std::uint8_t>(value >> (8 * i));
  }
  void put(std::string_view text) {
    for (const char c : text) *at_++ = static_cast<std::uint8_t>(c);
  }
  std::uint8_t* at() const { return at_; }

 private:
  std::uint8_t* at_;
};

int source_rate_class(int rate_hz) {
  return rate_hz <= 32000 ? 0 : rate_hz == 44100 ? 1 : 2;
}

// LAME's numbers: 1 constant, 2 mean, 4 variable by masking.
int method_number(RateMethod method) {
  return method == RateMethod::kConstant ? 1 : method == RateMethod::kMean ? 2 : 4;
}

// LAME's scale of -V: 500 for V0 down to 410 for V9; of a mean bitrate the bitrate itself.
int preset_number(const StreamTotals& totals) {
  if (totals.method == RateMethod::kMean) return totals.bitrate_kbps;
  if (totals.method == RateMethod::kConstant) return 0;
  return 500 - 10 * std::clamp(static_cast<int>(totals.quality), 0, 9);
}

int quality_number(const StreamTotals& totals) {
  return totals.method == RateMethod::kVariable ? std::clamp(static_cast<int>(100 - 10 * totals.quality), 0, 100) : 100;
}

std::uint32_t gain_bits(double gain_db) {
  const auto tenths = static_cast<std::uint32_t>(10 * std::min(std::abs(gain_db), kMaxGainDb) + 0.5);
  return kTrackGain | (gain_db < 0 ? 1u << 9 : 0u) | tenths;
}

}  // namespace

int info_frame_bytes(const StreamFormat& format) {
  return format.frame_bytes_at(tag_bitrate_index(format));
}

void write_info_frame(const StreamFormat& format, bool joint, const StreamTotals& totals, std::span<std::uint8_t> out) {
  std::fill(out.begin(), out.end(), std::uint8_t{0});
  write_header(format, {.crc = false, .joint = joint}, tag_bitrate_index(format), false, false, out.first<4>());
  if (totals.frames == 0) return;  // a silent frame, in place of a tag that is not known yet
  const auto frame_bytes = static_cast<std::uint32_t>(out.size());
  const std::uint32_t total = totals.bytes + frame_bytes;
  BigEndian tag(out.data() + 4 + format.side_info_bytes());
  tag.put(totals.method == RateMethod::kConstant ? "Info" : "Xing");
  tag.put(15, 4);  // frames, bytes, TOC and quality are present
  tag.put(totals.frames, 4);
  tag.put(total, 4);
  for (const std::uint8_t entry : totals.seek) tag.put(entry, 1);
  tag.put(static_cast<std::uint32_t>(quality_number(totals)), 4);
  tag.put(kEncoderName);
  tag.put(static_cast<std::uint32_t>(method_number(totals.method)), 1);
  tag.put(static_cast<std::uint32_t>(totals.lowpass_hz / 100), 1);
  tag.put(0, 4);  // peak, and then track and album gain: see set_replay_gain()
  tag.put(0, 4);
  tag.put(0, 1);  // ATH type and flags
  const int bitrate_kbps = totals.bitrate_kbps > 0 ? totals.bitrate_kbps : format.bitrate_kbps;
  tag.put(static_cast<std::uint32_t>(std::min(255, bitrate_kbps)), 1);
  tag.put(static_cast<std::uint32_t>(totals.enc_delay) << 12 | totals.padding, 3);
  const int stereo = format.channels == 1 ? kStereoMono : joint ? kStereoJoint : kStereoPlain;
  tag.put(static_cast<std::uint32_t>(stereo << 2 | source_rate_class(format.rate_hz) << 6), 1);
  tag.put(0, 1);  // gain change
  tag.put(static_cast<std::uint32_t>(preset_number(totals)), 2);
  tag.put(total, 4);
  tag.put(totals.music_crc, 2);
  tag.put(tag_crc(0, out.first(static_cast<std::size_t>(tag.at() - out.data()))), 2);
}

bool set_replay_gain(const ReplayGain& gain, std::span<std::uint8_t> frame) {
  const auto header = FrameHeader::parse(frame);
  if (!header) return false;
  const auto start = static_cast<std::size_t>(kHeaderBytes + header->side_info_bytes());
  if (frame.size() < start + kTagBytes) return false;
  const std::string_view name(reinterpret_cast<const char*>(frame.data() + start), 4);
  if (name != "Info" && name != "Xing") return false;
  BigEndian fields(frame.data() + start + kPeakPlace);
  fields.put(static_cast<std::uint32_t>(std::clamp(gain.peak, 0.0, 255.0) * 8388608.0 + 0.5), 4);  // 9.23 fixed point
  fields.put(gain_bits(gain.track_gain_db), 2);
  BigEndian(frame.data() + start + kCrcPlace).put(tag_crc(0, frame.first(start + kCrcPlace)), 2);
  return true;
}

}  // namespace sluice::mp3
