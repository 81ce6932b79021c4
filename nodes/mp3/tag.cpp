// Tags of an MP3 file: ID3v2.4 before the frames, ID3v1 behind them, and ReplayGain, when the audio is given too, in
// the Info tag and as ID3v2 text. Without any of them the stream passes as it is. Delay 0.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include "engine/node/node.h"
#include "nodes/mp3/kernels/bitstream.h"
#include "nodes/mp3/kernels/id3.h"
#include "nodes/mp3/loudness.h"

namespace sluice::mp3 {
namespace {

constexpr std::size_t kMaxCoverBytes = std::size_t{16} << 20;
constexpr double kMaxGainDb = 99.99;  // two digits
constexpr double kMaxPeak = 9.999999;

class TagNode final : public Node {
 public:
  In<Packet<"mp3">> in{*this, "in", "MP3 frames"};
  In<float> audio{*this, "audio", "what was encoded: its ReplayGain is measured (EBU R 128)", {.optional = true}};
  Out<Packet<"mp3">> out{*this, "out", "tags and frames, for file.write"};
  Param<std::string> title{*this, "title", {.doc = "TIT2"}};
  Param<std::string> artist{*this, "artist", {.doc = "TPE1"}};
  Param<std::string> album{*this, "album", {.doc = "TALB"}};
  Param<std::string> year{*this, "year", {.doc = "TDRC: 2026, or 2026-11-23"}};
  Param<std::string> comment{*this, "comment", {.doc = "COMM"}};
  Param<std::string> track{*this, "track", {.doc = "TRCK: 3, or 3/12"}};
  Param<std::string> genre{*this, "genre", {.doc = "TCON: a name, or a number of ID3v1's list"}};
  Param<std::string> cover{*this, "cover", {.doc = "APIC: a JPEG or PNG file, at most 16 MiB"}};
  Param<bool> id3v2_tag{*this, "id3v2", {.default_value = true, .doc = "write ID3v2.4 when there is something to say"}};
  Param<bool> id3v1_tag{*this, "id3v1", {.default_value = true, .doc = "write ID3v1 when there is something to say"}};
  Counter track_gain{*this, "track_gain_db", "ReplayGain: what players should turn up; 0: not measured"};
  Counter peak{*this, "peak", "largest sample, full scale 1; 0: not measured"};

  Traits traits() const override { return {.realtime = false}; }  // libebur128 promises nothing

  Status configure() override {
    out.set_spec(in.format(), in.spec().block_frames, kMaxFrameBytes);
    return {};
  }

  Status prepare() override {
    fields_ = {.title = title,
               .artist = artist,
               .album = album,
               .year = year,
               .comment = comment,
               .track = track,
               .genre = genre,
               .encoder = {},
               .user = {},
               .cover = {}};
    if (Status status = read_cover(); !status) return status;
    wants_id3v1_ = id3v1_tag && !fields_.empty();
    if (audio.connected()) {
      loudness_ = std::make_unique<Loudness>(audio.format().channels, audio.format().rate_hz);
      set_gain_text({});
    }
    wants_id3v2_ = id3v2_tag && !fields_.empty();
    if (wants_id3v2_) fields_.encoder = "Sluice mp3.encode";
    rewrite_.reserve(kMaxFrameBytes);
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef block = audio.next()) loudness_->add(*block);
    while (BlockRef packet = in.next()) {
      if (packet->has(kRewrite)) {
        keep(*packet);
        continue;
      }
      if (!began_ && wants_id3v2_) emit_id3v2(packet->header, 0);
      began_ = true;
      const bool gap = in.gap();
      packet = out.writable(std::move(packet));
      if (gap) packet->header.flags |= kDiscontinuity;
      end_position_ = packet->header.position + packet->header.frames;
      out.emit(std::move(packet));
    }
  }

  void flush() REALTIME override {
    if (!began_) return;
    if (loudness_) measured(loudness_->gain());
    if (wants_id3v1_) {
      BlockHeader stamps;
      stamps.position = end_position_;
      const auto tag = id3v1(fields_);
      emit(stamps, std::as_bytes(std::span(tag)), 0);
    }
    if (!rewrite_.empty()) {
      BlockHeader stamps;
      stamps.position = rewrite_position_ + static_cast<std::int64_t>(id3v2_bytes_);
      emit(stamps, std::as_bytes(std::span(rewrite_)), kRewrite);
    }
    if (loudness_ && wants_id3v2_) emit_id3v2({}, kRewrite);
  }

 private:
  Status read_cover() {
    if (cover.value().empty()) return {};
    std::ifstream file(cover.value(), std::ios::binary);
    if (!file) return Error{"cover", fmt::format("{}: cannot be read", cover.value())};
    fields_.cover.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    if (picture_type(fields_.cover).empty())
      return Error{"cover", fmt::format("{}: neither JPEG nor PNG", cover.value())};
    if (fields_.cover.size() > kMaxCoverBytes)
      return Error{"cover", fmt::format("{}: {} bytes, at most {} are taken", cover.value(), fields_.cover.size(),
                                        kMaxCoverBytes)};
    return {};
  }

  // All values have one width, so that the tag keeps its size when they are known.
  void set_gain_text(const ReplayGain& gain) {
    fields_.user = {
        {"REPLAYGAIN_TRACK_GAIN", fmt::format("{:+06.2f} dB", std::clamp(gain.track_gain_db, -kMaxGainDb, kMaxGainDb))},
        {"REPLAYGAIN_TRACK_PEAK", fmt::format("{:.6f}", std::min(gain.peak, kMaxPeak))}};
  }

  void measured(const ReplayGain& gain) {
    track_gain.set(gain.track_gain_db);
    peak.set(gain.peak);
    set_gain_text(gain);
    set_replay_gain(gain, rewrite_);
  }

  // The completed Info tag, which waits for the loudness.
  void keep(const Block& packet) {
    rewrite_.assign(reinterpret_cast<const std::uint8_t*>(packet.bytes().data()),
                    reinterpret_cast<const std::uint8_t*>(packet.bytes().data()) + packet.bytes().size());
    rewrite_position_ = packet.header.position;
  }

  // In packets as large as frames are.
  void emit_id3v2(const BlockHeader& stamps, std::uint32_t flags) {
    const std::string tag = id3v2(fields_);
    id3v2_bytes_ = tag.size();
    for (std::size_t at = 0; at < tag.size(); at += kMaxFrameBytes) {
      BlockHeader part = stamps;
      if (flags == kRewrite) part.position = static_cast<std::int64_t>(at);
      emit(part, std::as_bytes(std::span(tag)).subspan(at, std::min<std::size_t>(kMaxFrameBytes, tag.size() - at)),
           flags);
    }
  }

  void emit(const BlockHeader& stamps, std::span<const std::byte> bytes, std::uint32_t flags) noexcept {
    BlockRef packet = out.take();
    packet->resize(bytes.size());
    std::ranges::copy(bytes, packet->bytes().begin());
    packet->header.capture_time = stamps.capture_time;
    packet->header.position = stamps.position;
    packet->header.frames = 0;
    packet->header.flags = flags | kIndependent;
    out.emit(std::move(packet));
  }

  Id3Fields fields_;
  std::unique_ptr<Loudness> loudness_;
  bool wants_id3v1_ = false, wants_id3v2_ = false;
  std::size_t id3v2_bytes_ = 0;
  std::vector<std::uint8_t> rewrite_;
  std::int64_t rewrite_position_ = 0;
  std::int64_t end_position_ = 0;  // of the frames, in samples
  bool began_ = false;
};

}  // namespace

REGISTER_NODE(TagNode, "mp3.tag", "tags of an MP3 file: ID3v2.4, ID3v1, cover art, ReplayGain")

}  // namespace sluice::mp3
