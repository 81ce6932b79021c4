// MP3 (and MP2) through libmpg123: float samples, encoder delay and padding removed as the LAME tag says (gapless).
#include <fmt/format.h>
#include <mpg123.h>

#include <array>

#include "nodes/io/audio_readers.h"

namespace sluice::io {
namespace {

constexpr std::size_t kFeed = 4096;              // bytes at a time
constexpr std::size_t kSearchLimit = 64u << 20;  // bytes of tags and junk before the first frame
constexpr int kPatience = 500;                   // silent reads of 20 ms before the first frame: 10 s

struct Deleter {
  void operator()(mpg123_handle* handle) const { mpg123_delete(handle); }
};
using Handle = std::unique_ptr<mpg123_handle, Deleter>;

Handle make_handle() {
  [[maybe_unused]] static const int once = mpg123_init();
  Handle handle(mpg123_new(nullptr, nullptr));
  if (!handle) return handle;
  mpg123_param(handle.get(), MPG123_ADD_FLAGS, MPG123_FORCE_FLOAT | MPG123_QUIET | MPG123_GAPLESS, 0);
  mpg123_param(handle.get(), MPG123_REMOVE_FLAGS, MPG123_AUTO_RESAMPLE, 0);
  mpg123_param(handle.get(), MPG123_RESYNC_LIMIT, 65536, 0);  // bytes of junk in the middle that are skipped
  return mpg123_open_feed(handle.get()) == MPG123_OK ? std::move(handle) : Handle{};
}

class Mp3Reader final : public AudioReader {
 public:
  Mp3Reader(ByteSource source, Handle handle, std::string path)
      : source_(std::move(source)), handle_(std::move(handle)), path_(std::move(path)) {}

  // Feeds until the first frame header is found.
  Status start() {
    std::size_t fed = 0;
    for (int silent = 0; fed < kSearchLimit && silent < kPatience;) {
      std::size_t done = 0;
      const int result = mpg123_read(handle_.get(), nullptr, 0, &done);
      if (result == MPG123_NEW_FORMAT) return take_format();
      if (result != MPG123_NEED_MORE && result != MPG123_OK) break;
      const auto part = feed();
      if (!part) return part.error();
      if (part->ended) break;
      silent = part->bytes ? 0 : silent + 1;
      fed += part->bytes;
    }
    return Error{"path", fmt::format("{}: holds no MP3 frame", path_)};
  }

  Result<Read> read(std::span<float> interleaved) override {
    const std::size_t wanted = interleaved.size_bytes();
    auto* const bytes = reinterpret_cast<unsigned char*>(interleaved.data());
    std::size_t got = 0;
    bool waiting = false;
    while (got < wanted && !ended_ && !waiting) {
      std::size_t done = 0;
      const int result = mpg123_read(handle_.get(), bytes + got, wanted - got, &done);
      got += done;
      if (result == MPG123_DONE) ended_ = true;
      if (result == MPG123_NEW_FORMAT && !same_format()) return std::unexpected(changed(frames_in(got)));
      if (result == MPG123_ERR)
        return std::unexpected(Error{"path", fmt::format("{}: {}", path_, mpg123_strerror(handle_.get()))});
      if (result != MPG123_NEED_MORE) continue;
      const auto part = feed();
      if (!part) return std::unexpected(part.error());
      ended_ = part->ended;
      waiting = part->bytes == 0;
    }
    const std::size_t frames = frames_in(got);
    given_ += frames;
    return Read{frames, frames == 0 && ended_};
  }

 private:
  Result<ByteSource::Read> feed() {
    std::array<std::byte, kFeed> bytes;
    auto part = source_.read(bytes);
    if (part && part->bytes)
      mpg123_feed(handle_.get(), reinterpret_cast<const unsigned char*>(bytes.data()), part->bytes);
    return part;
  }

  Status take_format() {
    long rate = 0;
    int encoding = 0;
    mpg123_getformat(handle_.get(), &rate, &channels_, &encoding);
    rate_hz_ = static_cast<double>(rate);
    if (encoding != MPG123_ENC_FLOAT_32)
      return Error{"path", fmt::format("{}: libmpg123 gives no float samples", path_)};
    return {};
  }

  std::size_t frames_in(std::size_t bytes) const {
    return bytes / (sizeof(float) * static_cast<std::size_t>(channels_));
  }

  bool same_format() {
    long rate = 0;
    int channels = 0, encoding = 0;
    mpg123_getformat(handle_.get(), &rate, &channels, &encoding);
    return static_cast<double>(rate) == rate_hz_ && channels == channels_;
  }

  // A stream has one format from end to end.
  Error changed(std::size_t frames) const {
    long rate = 0;
    int channels = 0, encoding = 0;
    mpg123_getformat(handle_.get(), &rate, &channels, &encoding);
    return {"path",
            fmt::format("{}: changes from {} Hz and {} channels to {} Hz and {} channels at {:.2f} s: cut it there, "
                        "or convert it as a whole to one rate",
                        path_, rate_hz_, channels_, rate, channels, static_cast<double>(given_ + frames) / rate_hz_)};
  }

  ByteSource source_;
  Handle handle_;
  std::string path_;
  std::size_t given_ = 0;  // frames
  bool ended_ = false;
};

}  // namespace

ReaderResult make_mp3_reader(ByteSource source, const std::string& path) {
  Handle handle = make_handle();
  if (!handle) return std::unexpected(Error{"path", fmt::format("{}: libmpg123 does not start", path)});
  auto reader = std::make_unique<Mp3Reader>(std::move(source), std::move(handle), path);
  if (const Status status = reader->start(); !status) return std::unexpected(status.error());
  return reader;
}

}  // namespace sluice::io
