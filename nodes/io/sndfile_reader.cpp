// Files that libsndfile reads: WAV, FLAC, Ogg Vorbis and Opus, AIFF, AU, CAF and more.
#include <fmt/format.h>
#include <sndfile.h>

#include <algorithm>
#include <vector>

#include "nodes/io/audio_readers.h"
#include "nodes/io/kernels/wav_header.h"

namespace sluice::io {
namespace {

constexpr int kLowestRate = 100, kHighestRate = 768000;  // Hz; beyond them it is the header that is wrong

struct Closer {
  void operator()(SNDFILE* file) const { sf_close(file); }
};

// Frames that a WAV header announces beyond the end of its file: libsndfile leaves them out without a word.
std::int64_t frames_cut_off(ByteSource& source) {
  WavHeaderParser parser;
  std::vector<std::byte> bytes;
  std::uint64_t end = 0;
  while (const std::size_t wanted = parser.wanted()) {
    bytes.resize(wanted);
    const auto count = source.read_fully(bytes, 0);
    if (!count || *count < wanted || !parser.step(bytes).empty()) return 0;
    end += wanted;
  }
  end += parser.data_bytes();
  const auto size = static_cast<std::uint64_t>(source.size());
  return end > size ? static_cast<std::int64_t>((end - size) / parser.format().frame_bytes()) : 0;
}

class SndfileReader final : public AudioReader {
 public:
  SndfileReader(std::unique_ptr<SNDFILE, Closer> file, const SF_INFO& info, ByteSource claim, std::string path)
      : claim_(std::move(claim)), file_(std::move(file)), total_(info.frames), path_(std::move(path)) {
    rate_hz_ = info.samplerate;
    channels_ = info.channels;
    length_ = info.frames;
    missing_ = frames_cut_off(claim_);
  }

  Result<Read> read(std::span<float> interleaved) override {
    const auto wanted = static_cast<sf_count_t>(interleaved.size()) / channels_;
    const sf_count_t frames = sf_readf_float(file_.get(), interleaved.data(), wanted);
    position_ += frames;
    if (frames > 0) return Read{static_cast<std::size_t>(frames), false};
    if (sf_error(file_.get()) != SF_ERR_NO_ERROR || position_ < total_)
      return std::unexpected(Error{
          "path", fmt::format("{}: is damaged or cut short after {:.3f} s of {:.3f} s", path_,
                              static_cast<double>(position_) / rate_hz_, static_cast<double>(total_) / rate_hz_)});
    return Read{0, true};
  }

  bool seek(std::int64_t frames) override {
    const sf_count_t target = std::min<sf_count_t>(position_ + frames, total_);
    if (sf_seek(file_.get(), target, SEEK_SET) != target) return false;
    position_ = target;
    return true;
  }

 private:
  ByteSource claim_;  // while it is open, nothing of ours overwrites the file
  std::unique_ptr<SNDFILE, Closer> file_;
  sf_count_t total_, position_ = 0;  // frames
  std::string path_;
};

}  // namespace

ReaderResult make_sndfile_reader(ByteSource source, const std::string& path) {
  SF_INFO info{};
  std::unique_ptr<SNDFILE, Closer> file(sf_open(path.c_str(), SFM_READ, &info));
  if (!file)
    return std::unexpected(Error{
        "path",
        fmt::format("{}: is not an audio file that can be read ({}); for headerless samples say raw=s16le:44100:2",
                    path, sf_strerror(nullptr))});
  if (info.samplerate < kLowestRate || info.samplerate > kHighestRate || info.channels < 1 || info.channels > 64)
    return std::unexpected(Error{
        "path", fmt::format("{}: has a malformed header ({} Hz, {} channels)", path, info.samplerate, info.channels)});
  if (info.frames == 0) return std::unexpected(Error{"path", fmt::format("{}: holds no samples", path)});
  return std::make_unique<SndfileReader>(std::move(file), info, std::move(source), path);
}

}  // namespace sluice::io
