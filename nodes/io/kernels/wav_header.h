// WAV headers for streams without seeking: standard input and output. (Files go through libsndfile.)
// Format: IBM/Microsoft "Multimedia Programming Interface and Data Specifications 1.0", 1991, chapter 3;
// WAVE_FORMAT_EXTENSIBLE as in Microsoft's "Multiple Channel Audio Data and WAVE Files", 2001.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "nodes/io/kernels/pcm.h"

namespace sluice::io {

struct WavFormat {
  PcmType type;
  int rate_hz = 0;
  int channels = 0;

  std::size_t frame_bytes() const noexcept { return type.bytes() * static_cast<std::size_t>(channels); }
};

// 44 bytes; sizes are 0xFFFFFFFF, the usual sign of a stream of unknown length. `type` is little-endian.
std::array<std::byte, 44> make_wav_header(const WavFormat& format);

// Takes the header of a stream as its bytes come.
class WavHeaderParser {
 public:
  // Bytes that step() wants next; 0 when the header is complete and samples follow.
  std::size_t wanted() const noexcept { return wanted_; }
  // Exactly wanted() bytes. Returns what is wrong with the header, or empty.
  std::string step(std::span<const std::byte> bytes);

  const WavFormat& format() const noexcept { return format_; }
  // Bytes of samples that the header announces; 0: unknown, until the end of the stream.
  std::uint64_t data_bytes() const noexcept { return data_bytes_; }

 private:
  enum class At { riff, chunk, fmt, skip };

  std::string chunk_header(std::span<const std::byte> bytes);
  std::string fmt(std::span<const std::byte> bytes);
  void skip(std::size_t bytes);

  At at_ = At::riff;
  std::size_t wanted_ = 12;
  std::size_t skip_left_ = 0;
  WavFormat format_;
  std::uint64_t data_bytes_ = 0;
};

}  // namespace sluice::io
