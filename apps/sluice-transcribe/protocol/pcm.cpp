#include "apps/sluice-transcribe/protocol/pcm.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace sluice::transcribe {
namespace {

std::uint32_t little_endian(std::span<const std::byte> bytes) {
  std::uint32_t value = 0;
  for (std::size_t n = 0; n < bytes.size(); ++n) value |= std::to_integer<std::uint32_t>(bytes[n]) << 8 * n;
  return value;
}

float sample_of(std::span<const std::byte> bytes) {
  const std::uint32_t value = little_endian(bytes);
  if (bytes.size() == 2) return static_cast<float>(static_cast<std::int16_t>(value)) / 32768.0f;
  const float sample = std::bit_cast<float>(value);
  return std::isnan(sample) ? 0.0f : std::clamp(sample, -1.0f, 1.0f);
}

}  // namespace

std::vector<float> PcmDecoder::decode(std::span<const std::byte> bytes) {
  const std::size_t size = encoding_ == Encoding::s16 ? 2 : 4;
  std::vector<float> samples;
  samples.reserve((left_.size() + bytes.size()) / size);
  while (!left_.empty() && left_.size() < size && !bytes.empty()) {
    left_.push_back(bytes.front());
    bytes = bytes.subspan(1);
  }
  if (left_.size() == size) {
    samples.push_back(sample_of(left_));
    left_.clear();
  }
  for (; bytes.size() >= size; bytes = bytes.subspan(size)) samples.push_back(sample_of(bytes.first(size)));
  left_.insert(left_.end(), bytes.begin(), bytes.end());
  return samples;
}

}  // namespace sluice::transcribe
