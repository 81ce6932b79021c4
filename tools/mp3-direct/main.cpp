// mp3-direct KBPS IN.wav OUT.mp3: the encoder's stages called in a loop, with the same reading and writing as
// graphs/file_to_mp3.yaml and no engine. What sluice-mp3 takes beyond this is the engine's. Writes the bytes of
// `sluice-mp3 -t -b KBPS IN.wav OUT.mp3`, or exits with 1.
#include <fcntl.h>
#include <sndfile.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "nodes/mp3/kernels/encoder.h"

namespace {

using namespace sluice::mp3;

constexpr double kBlockSeconds = 0.1;            // as file_to_mp3.yaml reads
constexpr std::size_t kMostGathered = 64 << 10;  // bytes, as file.write

class DirectEncoder {
 public:
  DirectEncoder(const StreamFormat& format, int fd) : encoder_(format, {}), fd_(fd) {}

  // One block of interleaved samples.
  void take(const std::vector<float>& interleaved, std::size_t frames, std::size_t channels) {
    for (std::size_t at = 0; at < frames;) {
      const std::size_t count = std::min(frames - at, kLines - gathered_);
      for (std::size_t c = 0; c < channels; ++c)
        for (std::size_t n = 0; n < count; ++n) granule_[c][gathered_ + n] = interleaved[(at + n) * channels + c];
      at += count;
      gathered_ += count;
      if (gathered_ == kLines) encode();
    }
  }
  bool finish() {
    for (auto& channel : granule_)
      std::fill(channel.begin() + static_cast<std::ptrdiff_t>(gathered_), channel.end(), 0);
    const int filler = gathered_ > 0 ? static_cast<int>(kLines - gathered_) : 0;
    if (gathered_ > 0) encode();
    encoder_.finish(sink_, filler);
    write_gathered();
    return written_;
  }

 private:
  void encode() {
    encoder_.encode(granule_[0], granule_[1], sink_);
    gathered_ = 0;
  }
  void write_gathered() {
    const auto size = static_cast<ssize_t>(stream_.size());
    written_ = ::write(fd_, stream_.data(), stream_.size()) == size && written_;
    stream_.clear();
  }

  Encoder encoder_;
  int fd_;
  bool written_ = true;
  std::array<std::array<float, kLines>, kMaxChannels> granule_{};
  std::size_t gathered_ = 0;
  std::vector<std::uint8_t> stream_;  // not yet written
  Encoder::Sink sink_ = [this](const MuxedFrame& frame) {
    stream_.insert(stream_.end(), frame.bytes.begin(), frame.bytes.end());
    if (stream_.size() >= kMostGathered) write_gathered();
  };
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return std::fputs("usage: mp3-direct KBPS IN.wav OUT.mp3\n", stderr), 2;
  SF_INFO info{};
  SNDFILE* const in = sf_open(argv[2], SFM_READ, &info);
  const int out = ::open(argv[3], O_WRONLY | O_CREAT | O_TRUNC, 0666);
  const auto format = StreamFormat::make(info.samplerate, info.channels, std::atoi(argv[1]));
  if (!in || out < 0 || !format) return std::fputs("mp3-direct: cannot read, write or encode that\n", stderr), 2;
  const auto block = static_cast<sf_count_t>(kBlockSeconds * info.samplerate);
  const auto channels = static_cast<std::size_t>(info.channels);
  std::vector<float> interleaved(static_cast<std::size_t>(block) * channels);
  DirectEncoder encoder(*format, out);
  while (const sf_count_t frames = sf_readf_float(in, interleaved.data(), block))
    encoder.take(interleaved, static_cast<std::size_t>(frames), channels);
  const bool written = encoder.finish();
  sf_close(in);
  return ::close(out) == 0 && written ? 0 : 1;
}
