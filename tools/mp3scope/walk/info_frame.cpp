#include "tools/mp3scope/walk/info_frame.h"

#include <algorithm>
#include <string_view>

#include "nodes/mp3/kernels/crc.h"

namespace sluice::mp3scope {
namespace {

constexpr std::size_t kVbriPlace = 4 + 32;  // whatever the side information's size
constexpr std::size_t kLameBytes = 36;

// Big-endian fields, one after another; nothing more once they run out.
class Fields {
 public:
  explicit Fields(Bytes bytes) : bytes_(bytes) {}
  bool has(std::size_t count) const { return at_ + count <= bytes_.size(); }
  std::uint32_t get(std::size_t count) {
    std::uint32_t value = 0;
    for (; count > 0 && has(1); --count) value = value << 8 | bytes_[at_++];
    return value;
  }
  std::string text(std::size_t count) {
    std::string out;
    for (; count > 0 && has(1); --count) out += static_cast<char>(bytes_[at_++]);
    return out;
  }
  std::size_t at() const { return at_; }
  Bytes rest() const { return bytes_.subspan(at_); }

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
};

bool begins_with(Bytes bytes, std::string_view text) {
  return bytes.size() >= text.size() && std::equal(text.begin(), text.end(), bytes.begin());
}

// ReplayGain proposal: name in 3 bits (1 track, 2 album), originator in 3, sign, tenths of a dB in 9.
std::optional<double> gain_db(unsigned field, unsigned name) {
  if (field >> 13 != name || (field >> 10 & 7) == 0) return std::nullopt;
  const double gain = (field & 0x1ff) / 10.0;
  return (field & 0x200) != 0 ? -gain : gain;
}

std::optional<LameTag> read_lame(Bytes frame, std::size_t at) {
  Fields in(frame.subspan(at));
  if (!in.has(kLameBytes) || frame[at] == 0) return std::nullopt;
  LameTag tag;
  tag.encoder = in.text(9);
  for (char& c : tag.encoder)
    if (c < 32 || c > 126) c = ' ';
  const std::uint32_t method = in.get(1);
  tag.revision = static_cast<int>(method >> 4);
  tag.vbr_method = static_cast<int>(method & 15);
  tag.lowpass_hz = static_cast<int>(100 * in.get(1));
  if (const std::uint32_t peak = in.get(4); peak != 0) tag.peak = peak / 8388608.0;  // 9.23 fixed point
  tag.track_gain_db = gain_db(in.get(2), 1);
  tag.album_gain_db = gain_db(in.get(2), 2);
  in.get(1);  // encoding flags, ATH type
  tag.bitrate_kbps = static_cast<int>(in.get(1));
  const std::uint32_t delays = in.get(3);
  tag.delay = static_cast<int>(delays >> 12);
  tag.padding = static_cast<int>(delays & 0xfff);
  tag.stereo_mode = static_cast<int>(in.get(1) >> 2 & 7);
  in.get(3);  // gain change, preset, surround
  tag.music_bytes = in.get(4);
  tag.music_crc = static_cast<std::uint16_t>(in.get(2));
  tag.tag_crc_right = mp3::tag_crc(0, frame.first(at + in.at())) == in.get(2);
  tag.tag_crc = static_cast<std::uint16_t>(frame[at + 34] << 8 | frame[at + 35]);
  return tag;
}

InfoFrame read_xing(Bytes frame, std::size_t at) {
  Fields in(frame.subspan(at));
  InfoFrame info;
  info.kind = in.text(4);
  const std::uint32_t flags = in.get(4);
  if ((flags & 1) != 0 && in.has(4)) info.frames = in.get(4);
  if ((flags & 2) != 0 && in.has(4)) info.bytes = in.get(4);
  if ((flags & 4) != 0 && in.has(100)) {
    info.toc.emplace();
    for (std::uint8_t& entry : *info.toc) entry = static_cast<std::uint8_t>(in.get(1));
  }
  if ((flags & 8) != 0 && in.has(4)) info.quality = in.get(4);
  if (in.has(kLameBytes)) info.lame = read_lame(frame, at + in.at());
  return info;
}

InfoFrame read_vbri(Bytes frame) {
  Fields in(frame.subspan(kVbriPlace));
  InfoFrame info;
  info.kind = in.text(4);
  in.get(4);  // version, delay
  info.quality = in.get(2);
  info.bytes = in.get(4);
  info.frames = in.get(4);
  return info;
}

}  // namespace

std::optional<InfoFrame> read_info_frame(const mp3::FrameHeader& header, Bytes frame) {
  const auto side = static_cast<std::size_t>(mp3::kHeaderBytes + header.side_info_bytes());
  for (const std::size_t at : {side, static_cast<std::size_t>(header.head_bytes())})  // LAME leaves the CRC word out
    if (at < frame.size() && (begins_with(frame.subspan(at), "Xing") || begins_with(frame.subspan(at), "Info")))
      return read_xing(frame, at);
  if (frame.size() > kVbriPlace && begins_with(frame.subspan(kVbriPlace), "VBRI")) return read_vbri(frame);
  return std::nullopt;
}

}  // namespace sluice::mp3scope
