// G.711 as packets: one byte per sample, channels interleaved (kernels/g711.h). Delay 0.
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "engine/node/node.h"
#include "nodes/dsp/kernels/g711.h"

namespace sluice::dsp {
namespace {

constexpr std::string_view kAlaw = "pcm_alaw", kUlaw = "pcm_mulaw";

// Rounds to the nearest 16-bit value; NaN becomes 0.
std::int16_t to_int16(float x) noexcept {
  if (std::isnan(x)) return 0;
  return static_cast<std::int16_t>(std::lrint(std::clamp(x * 32768.0f, -32768.0f, 32767.0f)));
}

class G711Encode final : public Node {
 public:
  In<float> in{*this, "in", "audio; telephony takes 8 kHz mono"};
  Out<Packet<>> out{*this, "out", "packets of pcm_alaw or pcm_mulaw, one per block; independent"};
  Param<std::string> law{
      *this,
      "law",
      {.default_value = "alaw", .choices = {"alaw", "mulaw"}, .doc = "A-law (Europe) or mu-law (USA, Japan)"}};

  Status configure() override {
    Format format = in.format();
    format.media = "packet";
    format.codec = law.is("alaw") ? kAlaw : kUlaw;
    out.set_spec(format, in.spec().block_frames,
                 static_cast<std::size_t>(in.spec().block_frames) * static_cast<std::size_t>(format.channels));
    encode_ = law.is("alaw") ? alaw_encode : ulaw_encode;
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef from = in.next()) {
      BlockRef to = out.take();
      const std::size_t channels = from->channels();
      to->resize(from->frames() * channels);
      for (std::size_t c = 0; c < channels; ++c) {
        const auto x = std::as_const(*from).channel(c);
        for (std::size_t n = 0; n < x.size(); ++n) to->bytes()[n * channels + c] = std::byte{encode_(to_int16(x[n]))};
      }
      stamp_from(*to, *from, in);
      to->header.flags |= kIndependent;
      out.emit(std::move(to));
    }
  }

 private:
  std::uint8_t (*encode_)(std::int16_t) noexcept = alaw_encode;
};

class G711Decode final : public Node {
 public:
  In<Packet<>> in{*this, "in", "packets of pcm_alaw or pcm_mulaw"};
  Out<float> out{*this, "out", "audio, same rate and channels"};

  Status configure() override {
    Format format = in.format();
    if (format.codec != kAlaw && format.codec != kUlaw)
      return Error{"in", fmt::format("decodes {} and {}, but gets {}", kAlaw, kUlaw, to_string(format))};
    for (std::size_t code = 0; code < table_.size(); ++code) {
      const auto byte = static_cast<std::uint8_t>(code);
      table_[code] = static_cast<float>(format.codec == kAlaw ? alaw_decode(byte) : ulaw_decode(byte)) / 32768.0f;
    }
    format.media = "audio";
    format.codec = "";
    out.set_spec(format, in.spec().block_frames);
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef from = in.next()) {
      const auto codes = std::as_const(*from).bytes();
      const auto channels = static_cast<std::size_t>(out.format().channels);
      BlockRef to = out.take(codes.size() / channels);
      const auto frames = to->header.frames;
      for (std::size_t c = 0; c < channels; ++c) {
        const auto y = to->channel(c);
        for (std::size_t n = 0; n < y.size(); ++n) y[n] = table_[std::to_integer<std::size_t>(codes[n * channels + c])];
      }
      stamp_from(*to, *from, in);
      to->header.frames = frames;
      out.emit(std::move(to));
    }
  }

 private:
  std::array<float, 256> table_{};
};

}  // namespace

REGISTER_NODE(G711Encode, "g711.encode", "ITU-T G.711 A-law or mu-law, 8 bits per sample")
REGISTER_NODE(G711Decode, "g711.decode", "audio from ITU-T G.711 A-law or mu-law")

}  // namespace sluice::dsp
