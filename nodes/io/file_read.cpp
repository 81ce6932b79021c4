// Audio from a file or standard input: WAV, FLAC, Ogg, AIFF and more through libsndfile, MP3 through libmpg123, raw
// samples. As fast as it is let; `pace` behind it makes it real time.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "engine/node/node.h"
#include "nodes/io/audio_reader.h"

namespace sluice::io {
namespace {

class FileRead final : public Node {
 public:
  Out<float> out{*this, "out", "the file's audio, at its own rate and channels"};
  Param<std::string> path{
      *this, "path", {.doc = "the file; - is standard input (WAV, MP3, or with `raw`)", .required = true}};
  Param<std::string> raw{
      *this,
      "raw",
      {.doc = "what headerless samples are, as in s16le:44100:2 (also u8, s24le, s32le, f32le, and ...be)"}};
  Param<bool> loop{*this, "loop", {.doc = "starts again at the end"}};
  Param<double> start{
      *this, "start", {.unit = "s", .default_value = 0, .min = 0, .max = 1e7, .doc = "leaves out the beginning"}};
  Param<double> duration{
      *this,
      "duration",
      {.unit = "s", .default_value = 0, .min = 0, .max = 1e9, .doc = "ends after this; 0: at the end"}};
  Param<double> block{
      *this, "block", {.unit = "s", .default_value = 0.01, .min = 1e-5, .max = 10, .doc = "length of a block"}};
  Param<bool> live{*this, "live", {.doc = "a pipe that is fed in real time: a block is captured when it arrives"}};
  Counter loops{*this, "loops", "times that the file started again"};
  Counter position{*this, "position_s", "seconds read so far"};
  Counter length{*this, "length_s", "seconds that the file holds; 0: not known"};
  Counter missing{*this, "missing_s", "seconds that the file's header promises and the file does not hold",
                  Counter::Tells::fault};

  Traits traits() const override {
    return {.realtime = false, .clock = live ? ClockDomain::device : ClockDomain::none};
  }

  // Opens the file and reads its header; standard input only when it has to say its format itself.
  Status configure() override {
    if (live && loop) return Error{"loop", "what is live comes once"};
    if (loop && path.is("-")) return Error{"loop", "standard input cannot be read twice"};
    if (!reader_) {
      auto opened = open_audio(path, raw);
      if (!opened) return opened.error();
      reader_ = std::move(*opened);
    }
    const double rate = reader_->rate_hz();
    const auto frames = std::max<std::int64_t>(1, std::llround(block * rate));
    out.set_spec({.media = "audio", .codec = "", .rate_hz = rate, .channels = reader_->channels()}, frames);
    if (live) set_delay(out.spec().block_period());
    end_ = duration > 0 ? std::llround(duration * rate) : std::numeric_limits<std::int64_t>::max();
    return {};
  }

  Status prepare() override {
    interleaved_.resize(static_cast<std::size_t>(out.spec().block_frames) *
                        static_cast<std::size_t>(out.format().channels));
    length.set(static_cast<double>(reader_->length()) / out.format().rate_hz);
    skip_ = std::llround(start * out.format().rate_hz);
    if (skip_ > 0 && reader_->seek(skip_)) skip_ = 0;
    return {};
  }

  Pull pull() REALTIME override {
    const auto wanted = static_cast<std::size_t>(std::min(out.spec().block_frames, end_ - position_));
    if (wanted == 0) return Pull::ended();
    const auto channels = static_cast<std::size_t>(out.format().channels);
    const auto part = reader_->read(std::span(interleaved_).first(wanted * channels));
    if (!part) {
      fail(part.error().message);
      return Pull::ended();
    }
    if (part->ended) {
      missing.set(static_cast<double>(reader_->missing()) / out.format().rate_hz);
      return loop ? again() : Pull::ended();
    }
    const std::size_t skipped = std::min(part->frames, static_cast<std::size_t>(skip_));
    skip_ -= static_cast<std::int64_t>(skipped);
    if (part->frames > skipped) emit(skipped, part->frames - skipped);
    return Pull::again();
  }

  void stop() override { reader_.reset(); }

 private:
  void emit(std::size_t first, std::size_t frames) noexcept {
    BlockRef next = out.take(frames);
    const std::size_t channels = next->channels();
    for (std::size_t c = 0; c < channels; ++c) {
      const auto to = next->channel(c);
      for (std::size_t n = 0; n < frames; ++n) to[n] = interleaved_[(first + n) * channels + c];
    }
    const Duration span_of_block = frames_to_duration(static_cast<double>(frames), out.format().rate_hz);
    next->header.capture_time = live ? host().now() - span_of_block : host().now();
    next->header.position = position_;
    next->header.flags = kIndependent;
    position_ += static_cast<std::int64_t>(frames);
    pass_frames_ += static_cast<std::int64_t>(frames);
    position.set(static_cast<double>(position_) / out.format().rate_hz);
    out.emit(std::move(next));
  }

  // From the beginning once more.
  Pull again() noexcept {
    auto opened = open_audio(path, raw);
    const bool same =
        opened && (*opened)->rate_hz() == out.format().rate_hz && (*opened)->channels() == out.format().channels;
    if (!same || pass_frames_ == 0) {
      fail(!opened ? opened.error().message
                   : path.value() + (same ? ": holds nothing to loop" : ": has changed its format"));
      return Pull::ended();
    }
    reader_ = std::move(*opened);
    skip_ = std::llround(start * out.format().rate_hz);
    if (skip_ > 0 && reader_->seek(skip_)) skip_ = 0;
    pass_frames_ = 0;
    loops.add();
    return Pull::again();
  }

  std::unique_ptr<AudioReader> reader_;
  std::vector<float> interleaved_;  // one block
  std::int64_t skip_ = 0;           // frames of `start` still to be left out
  std::int64_t position_ = 0, end_ = 0;
  std::int64_t pass_frames_ = 0;  // emitted since the file started
};

}  // namespace

REGISTER_NODE(FileRead, "file.read", "audio from a file or standard input: WAV, FLAC, Ogg, AIFF, MP3, raw samples")

}  // namespace sluice::io
