// Samples without a container: raw files and pipes, and WAV on a pipe once its header is read.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "engine/core/quantity.h"
#include "nodes/io/audio_readers.h"
#include "nodes/io/kernels/wav_header.h"

namespace sluice::io {
namespace {

constexpr double kHeaderPatience = 10;  // s

class PcmReader final : public AudioReader {
 public:
  PcmReader(ByteSource source, const RawSpec& spec, std::uint64_t data_bytes)
      : source_(std::move(source)),
        type_(spec.type),
        announced_(data_bytes > 0),
        left_(data_bytes ? data_bytes : std::numeric_limits<std::uint64_t>::max()) {
    rate_hz_ = spec.rate_hz;
    channels_ = spec.channels;
  }

  Result<Read> read(std::span<float> interleaved) override {
    const std::size_t frame = type_.bytes() * static_cast<std::size_t>(channels_);
    const std::size_t wanted = interleaved.size() * type_.bytes();
    bytes_.resize(std::max(bytes_.size(), wanted));
    bool ended = left_ == 0;
    while (held_ < wanted && !ended) {
      const std::size_t room = std::min<std::uint64_t>(wanted - held_, left_);
      const auto part = source_.read(std::span(bytes_).subspan(held_, room));
      if (!part) return std::unexpected(part.error());
      held_ += part->bytes;
      left_ -= part->bytes;
      ended = part->ended || left_ == 0;
      if (part->bytes == 0 && !ended) return Read{};  // what has come of this block is kept
    }
    const std::size_t frames = std::min(held_, wanted) / frame;
    decode_pcm(std::span(bytes_).first(frames * frame), type_,
               interleaved.first(frames * static_cast<std::size_t>(channels_)));
    std::copy(bytes_.begin() + static_cast<std::ptrdiff_t>(frames * frame),
              bytes_.begin() + static_cast<std::ptrdiff_t>(held_), bytes_.begin());
    held_ -= frames * frame;
    if (ended && announced_) missing_ = static_cast<std::int64_t>(left_ / frame);
    return Read{frames, frames == 0};
  }

 private:
  ByteSource source_;
  PcmType type_;
  bool announced_;                // a header said how many samples there are
  std::uint64_t left_;            // bytes of samples still to come
  std::vector<std::byte> bytes_;  // the block that is being read
  std::size_t held_ = 0;          // bytes of it
};

}  // namespace

Result<RawSpec> parse_raw(const std::string& text) {
  const auto wrong = std::unexpected(Error{
      "raw",
      fmt::format("'{}' should be encoding:rate:channels, as in s16le:44100:2; encodings: {}", text, kPcmTypeNames)});
  const std::size_t first = text.find(':');
  const std::size_t second = first == std::string::npos ? first : text.find(':', first + 1);
  if (second == std::string::npos) return wrong;
  const auto type = parse_pcm_type(std::string_view(text).substr(0, first));
  const auto rate = parse_quantity(std::string_view(text).substr(first + 1, second - first - 1), "Hz");
  const auto channels = parse_quantity(std::string_view(text).substr(second + 1), "");
  if (!type || !rate || !channels) return wrong;
  if (*rate < 1000 || *rate > 768000 || *channels < 1 || *channels > 64 || *channels != static_cast<int>(*channels))
    return std::unexpected(Error{"raw", fmt::format("'{}': the rate is 1 to 768 kHz, channels are 1 to 64", text)});
  return RawSpec{*type, *rate, static_cast<int>(*channels)};
}

ReaderResult make_pcm_reader(ByteSource source, const RawSpec& spec, std::uint64_t data_bytes) {
  return std::make_unique<PcmReader>(std::move(source), spec, data_bytes);
}

ReaderResult make_wav_stream_reader(ByteSource source, const std::string& path) {
  const std::string name = path == "-" ? "standard input" : path;
  WavHeaderParser parser;
  std::vector<std::byte> bytes;
  while (const std::size_t wanted = parser.wanted()) {
    bytes.resize(wanted);
    const auto count = source.read_fully(bytes, kHeaderPatience);
    if (!count) return std::unexpected(Error{"path", fmt::format("{}: {}", name, count.error().message)});
    if (*count < wanted) return std::unexpected(Error{"path", fmt::format("{}: ends within its WAV header", name)});
    if (const std::string wrong = parser.step(bytes); !wrong.empty())
      return std::unexpected(Error{"path", fmt::format("{} {}", name, wrong)});
  }
  const WavFormat& format = parser.format();
  return make_pcm_reader(std::move(source), {format.type, static_cast<double>(format.rate_hz), format.channels},
                         parser.data_bytes());
}

}  // namespace sluice::io
