// Samples in messages of any length: what is left of a message continues in the next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sluice::transcribe {

class PcmDecoder {
 public:
  enum class Encoding : std::uint8_t { s16, f32 };  // little endian, mono

  explicit PcmDecoder(Encoding encoding = Encoding::s16) : encoding_(encoding) {}

  // The samples that are complete, full scale +-1. What is not a number is 0; what is beyond full scale is cut.
  std::vector<float> decode(std::span<const std::byte> bytes);
  void reset() { left_.clear(); }

 private:
  Encoding encoding_;
  std::vector<std::byte> left_;  // of a sample
};

}  // namespace sluice::transcribe
