#include "nodes/sdr/kernels/viterbi.h"

#include <bit>
#include <cassert>
#include <cstring>

namespace sluice::sdr {
namespace {

// Generators with the newest bit lowest: 133 and 171 octal, mirrored.
constexpr unsigned kGeneratorA = 0x6D, kGeneratorB = 0x4F;
constexpr unsigned kStates = 64;
constexpr std::size_t kBlocks = 4;              // of eight butterflies
constexpr std::size_t kRenormalise = 32;        // steps: 32 * 510 + 6 * 510 fits 15 bits
constexpr std::int16_t kUnreachable = 6 * 510;  // farther than any path to a state can be apart (K - 1 steps)

unsigned parity(unsigned x) noexcept {
  return static_cast<unsigned>(std::popcount(x)) & 1u;
}

}  // namespace

void conv_encode(std::span<const std::uint8_t> bytes, std::span<std::uint8_t> bits) noexcept {
  assert(bits.size() == conv_coded_bits(bytes.size()));
  unsigned state = 0;
  for (std::size_t n = 0; 2 * n < bits.size(); ++n) {
    const unsigned bit = n < 8 * bytes.size() ? (bytes[n / 8] >> (7 - n % 8)) & 1u : 0u;
    state = (state << 1 | bit) & 0x7Fu;
    bits[2 * n] = static_cast<std::uint8_t>(parity(state & kGeneratorA));
    bits[2 * n + 1] = static_cast<std::uint8_t>(parity(state & kGeneratorB));
  }
}

ViterbiDecoder::ViterbiDecoder(std::size_t max_bytes) : decisions_(8 * max_bytes + kConvTailBits) {}

// States i and i + 32 lead to 2i (bit 0) and 2i + 1 (bit 1). Both generators have their first and last bit set, so the
// four transitions of such a butterfly have one branch metric m or its complement.
void ViterbiDecoder::decode(std::span<const SoftBit> soft, std::span<std::uint8_t> bytes) noexcept {
  const std::size_t steps = soft.size() / 2;
  assert(soft.size() == conv_coded_bits(bytes.size()) && steps <= decisions_.size());
  Lanes mask_a[kBlocks], mask_b[kBlocks], bit_0[kBlocks], bit_1[kBlocks], metric[2 * kBlocks], next[2 * kBlocks];
  for (unsigned block = 0; block < kBlocks; ++block)
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      const unsigned sent = 2 * (kLanes * block + lane);
      mask_a[block][lane] = parity(sent & kGeneratorA) ? 255 : 0;
      mask_b[block][lane] = parity(sent & kGeneratorB) ? 255 : 0;
      bit_0[block][lane] = static_cast<std::int16_t>(1u << (2 * block));
      bit_1[block][lane] = static_cast<std::int16_t>(2u << (2 * block));
    }
  for (Lanes& states : metric) states = Lanes{} + kUnreachable;
  metric[0][0] = 0;

  for (std::size_t step = 0; step < steps; ++step) {
    const Lanes a = Lanes{} + static_cast<std::int16_t>(soft[2 * step]);
    const Lanes b = Lanes{} + static_cast<std::int16_t>(soft[2 * step + 1]);
    Lanes decided{};
    for (std::size_t block = 0; block < kBlocks; ++block) {
      const Lanes m = (a ^ mask_a[block]) + (b ^ mask_b[block]);
      const Lanes not_m = (Lanes{} + std::int16_t{510}) - m;
      const Lanes low_0 = metric[block] + m, high_0 = metric[block + kBlocks] + not_m;
      const Lanes low_1 = metric[block] + not_m, high_1 = metric[block + kBlocks] + m;
      const Lanes from_high_0 = low_0 > high_0, from_high_1 = low_1 > high_1;
      const Lanes best_0 = from_high_0 ? high_0 : low_0, best_1 = from_high_1 ? high_1 : low_1;
      decided |= (from_high_0 & bit_0[block]) | (from_high_1 & bit_1[block]);
      next[2 * block] = __builtin_shufflevector(best_0, best_1, 0, 8, 1, 9, 2, 10, 3, 11);
      next[2 * block + 1] = __builtin_shufflevector(best_0, best_1, 4, 12, 5, 13, 6, 14, 7, 15);
    }
    std::memcpy(&decisions_[step], &decided, sizeof decided);
    const std::int16_t least = step % kRenormalise == 0 ? next[0][0] : std::int16_t{0};
    for (std::size_t k = 0; k < 2 * kBlocks; ++k) metric[k] = next[k] - least;
  }

  unsigned state = 0;
  for (std::size_t step = steps; step-- > 0;) {
    if (step < 8 * bytes.size()) {
      std::uint8_t& byte = bytes[step / 8];
      byte = static_cast<std::uint8_t>(byte >> 1 | (state & 1) << 7);
    }
    const unsigned lane = (state >> 1) & 7, bit = 2 * (state >> 4) + (state & 1);
    const unsigned from_high = static_cast<unsigned>(decisions_[step][lane]) >> bit & 1u;
    state = state >> 1 | from_high * (kStates / 2);
  }
}

}  // namespace sluice::sdr
