// One way to write audio, whatever will hold it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "engine/core/result.h"
#include "nodes/io/kernels/pcm.h"

namespace sluice::io {

// What the file is to be. `container`: wav, flac, ogg, aiff, au or raw.
struct WriteSpec {
  std::string path;  // "-": standard output, wav or raw
  std::string container;
  Encoding encoding = Encoding::s16;  // not for ogg
  Quantizer::Dither dither = Quantizer::Dither::none;
  int rate_hz = 0;
  int channels = 0;
  std::function<bool()> given_up = {};  // ByteSink::give_up_when()
};

// One thread at a time; not real-time safe.
class AudioWriter {
 public:
  virtual ~AudioWriter() = default;
  virtual Status write(std::span<const float> interleaved) = 0;
  // Completes headers. Nothing is written after it.
  virtual Status finish() = 0;

  std::int64_t clipped() const noexcept { return quantizer_.clipped(); }
  std::int64_t invalid() const noexcept { return quantizer_.invalid(); }

 protected:
  explicit AudioWriter(const Quantizer& quantizer) : quantizer_(quantizer) {}
  Quantizer quantizer_;
};

// What cannot be known without opening: containers that do not hold this encoding, rate or number of channels.
Status check_spec(const WriteSpec& spec);
Result<std::unique_ptr<AudioWriter>> create_audio(const WriteSpec& spec);

}  // namespace sluice::io
