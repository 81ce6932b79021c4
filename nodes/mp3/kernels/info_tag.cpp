#include "nodes/mp3/kernels/info_tag.h"

#include <algorithm>
#include <string_view>

#include "nodes/mp3/kernels/bitstream.h"
#include "nodes/mp3/kernels/crc.h"

namespace sluice::mp3 {
namespace {

constexpr int kTagBytes = 156;
// Players trust delay and padding only behind a name they know: hence the prefix.
constexpr std::string_view kEncoderName = "LAMESLU01";
constexpr int kMethodCbr = 1;
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

// Byte position at every percent of the play time, in 256ths of the file.
void put_toc(std::uint32_t tag_frame_bytes, std::uint32_t total, BigEndian& out) {
  for (std::uint64_t percent = 0; percent < 100; ++percent) {
    const std::uint64_t position = tag_frame_bytes + (total - tag_frame_bytes) * percent / 100;
    out.put(static_cast<std::uint32_t>(std::min<std::uint64_t>(255, 256 * position / total)), 1);
  }
}

int source_rate_class(int rate_hz) {
  return rate_hz <= 32000 ? 0 : rate_hz == 44100 ? 1 : 2;
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
  tag.put("Info");
  tag.put(15, 4);  // frames, bytes, TOC and quality are present
  tag.put(totals.frames, 4);
  tag.put(total, 4);
  put_toc(frame_bytes, total, tag);
  tag.put(100, 4);  // quality
  tag.put(kEncoderName);
  tag.put(kMethodCbr, 1);
  tag.put(static_cast<std::uint32_t>(totals.lowpass_hz / 100), 1);
  tag.put(0, 4);  // peak: not measured
  tag.put(0, 4);  // track and album gain: not measured
  tag.put(0, 1);  // ATH type and flags
  tag.put(static_cast<std::uint32_t>(std::min(255, format.bitrate_kbps)), 1);
  tag.put(static_cast<std::uint32_t>(totals.enc_delay) << 12 | totals.padding, 3);
  const int stereo = format.channels == 1 ? kStereoMono : joint ? kStereoJoint : kStereoPlain;
  tag.put(static_cast<std::uint32_t>(stereo << 2 | source_rate_class(format.rate_hz) << 6), 1);
  tag.put(0, 1);  // gain change
  tag.put(0, 2);  // preset, surround
  tag.put(total, 4);
  tag.put(totals.music_crc, 2);
  tag.put(tag_crc(0, out.first(static_cast<std::size_t>(tag.at() - out.data()))), 2);
}

}  // namespace sluice::mp3
