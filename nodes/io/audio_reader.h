// One way to read audio, whatever holds it: libsndfile's formats, MP3, raw samples, WAV on a pipe.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "engine/core/result.h"

namespace sluice::io {

// One thread at a time; not real-time safe.
class AudioReader {
 public:
  virtual ~AudioReader() = default;

  double rate_hz() const noexcept { return rate_hz_; }
  int channels() const noexcept { return channels_; }
  std::int64_t length() const noexcept { return length_; }  // frames; 0: not known beforehand

  struct Read {
    std::size_t frames = 0;
    bool ended = false;  // with 0 frames and not ended: nothing has come yet (a silent pipe)
  };
  // Fills whole interleaved frames at full scale +-1. Fewer than asked only before the end, or when a pipe has no more.
  virtual Result<Read> read(std::span<float> interleaved) = 0;
  // Frames that the header promises and the file does not hold; known at the end at the latest.
  std::int64_t missing() const noexcept { return missing_; }
  // Leaves out the next frames. False: they have to be read instead.
  virtual bool seek(std::int64_t /*frames*/) { return false; }

 protected:
  double rate_hz_ = 0;
  int channels_ = 0;
  std::int64_t length_ = 0;
  std::int64_t missing_ = 0;
};

// Opens `path` ("-": standard input) and reads its header. `raw`, if not empty, says what headerless samples are:
// "s16le:44100:2". Every error is one sentence that names the file and what would help; its `where` is the parameter.
Result<std::unique_ptr<AudioReader>> open_audio(const std::string& path, const std::string& raw);

}  // namespace sluice::io
