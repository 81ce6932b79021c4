#include "nodes/sdr/fec.h"

extern "C" {
#include <fec.h>
}
#include "nodes/sdr/liquid_dsp.h"

#include <algorithm>
#include <cassert>
#include <vector>

namespace sluice::sdr {
namespace {

void unpack_bits(std::span<const std::uint8_t> bytes, std::span<std::uint8_t> bits) noexcept {
  for (std::size_t n = 0; n < bits.size(); ++n) bits[n] = bytes[n / 8] >> (7 - n % 8) & 1;
}

class NoFec final : public Fec {
 public:
  std::size_t coded_bits(std::size_t bytes) const noexcept override { return 8 * bytes; }
  void encode(std::span<const std::uint8_t> bytes, std::span<std::uint8_t> bits) noexcept override {
    unpack_bits(bytes, bits);
  }
  void decode(std::span<const SoftBit> soft, std::span<std::uint8_t> bytes) noexcept override {
    for (std::size_t n = 0; n < soft.size(); ++n)
      bytes[n / 8] = static_cast<std::uint8_t>(bytes[n / 8] << 1 | soft[n] >> 7);
  }
};

class LiquidFec final : public Fec {
 public:
  LiquidFec(fec_scheme scheme, std::size_t max_bytes)
      : scheme_(scheme), code_(fec_create(scheme, nullptr)), coded_(coded_bytes(max_bytes)) {}
  ~LiquidFec() override { fec_destroy(code_); }
  LiquidFec(const LiquidFec&) = delete;
  LiquidFec& operator=(const LiquidFec&) = delete;

  std::size_t coded_bits(std::size_t bytes) const noexcept override { return 8 * coded_bytes(bytes); }
  void encode(std::span<const std::uint8_t> bytes, std::span<std::uint8_t> bits) noexcept override {
    fec_encode(code_, static_cast<unsigned>(bytes.size()), const_cast<std::uint8_t*>(bytes.data()), coded_.data());
    unpack_bits(coded_, bits);
  }
  void decode(std::span<const SoftBit> soft, std::span<std::uint8_t> bytes) noexcept override {
    fec_decode_soft(code_, static_cast<unsigned>(bytes.size()), const_cast<SoftBit*>(soft.data()), bytes.data());
  }

 private:
  std::size_t coded_bytes(std::size_t bytes) const noexcept {
    return fec_get_enc_msg_length(scheme_, static_cast<unsigned>(bytes));
  }

  fec_scheme scheme_;
  ::fec code_;
  std::vector<std::uint8_t> coded_;
};

class ConvFec final : public Fec {
 public:
  explicit ConvFec(std::size_t max_bytes) : decoder_(max_bytes) {}
  std::size_t coded_bits(std::size_t bytes) const noexcept override { return conv_coded_bits(bytes); }
  void encode(std::span<const std::uint8_t> bytes, std::span<std::uint8_t> bits) noexcept override {
    conv_encode(bytes, bits);
  }
  void decode(std::span<const SoftBit> soft, std::span<std::uint8_t> bytes) noexcept override {
    decoder_.decode(soft, bytes);
  }

 private:
  ViterbiDecoder decoder_;
};

// RS(255,223) over GF(256) of CCSDS 131.0-B, conventional basis, corrects 16 bytes a block. Byte i of the packet
// belongs to block i mod blocks, so that a burst out of the Viterbi decoder is shared; the parities follow the packet.
class ConcatenatedFec final : public Fec {
 public:
  explicit ConcatenatedFec(std::size_t max_bytes) : inner_(rs_bytes(max_bytes)), words_(rs_bytes(max_bytes)) {}

  std::size_t coded_bits(std::size_t bytes) const noexcept override { return conv_coded_bits(rs_bytes(bytes)); }

  void encode(std::span<const std::uint8_t> bytes, std::span<std::uint8_t> bits) noexcept override {
    const std::span words = std::span(words_).first(rs_bytes(bytes.size()));
    std::ranges::copy(bytes, words.begin());
    for (std::size_t block = 0; block < blocks(bytes.size()); ++block) {
      const std::size_t length = take(words, bytes.size(), block);
      encode_rs_8(word_.data(), word_.data() + length, static_cast<int>(kData - length));
      std::copy_n(word_.begin() + static_cast<std::ptrdiff_t>(length), kParity,
                  words.begin() + static_cast<std::ptrdiff_t>(bytes.size() + block * kParity));
    }
    conv_encode(words, bits);
  }

  void decode(std::span<const SoftBit> soft, std::span<std::uint8_t> bytes) noexcept override {
    const std::span words = std::span(words_).first(rs_bytes(bytes.size()));
    inner_.decode(soft, words);
    const std::size_t step = blocks(bytes.size());
    for (std::size_t block = 0; block < step; ++block) {
      const std::size_t length = take(words, bytes.size(), block);
      std::copy_n(words.begin() + static_cast<std::ptrdiff_t>(bytes.size() + block * kParity), kParity,
                  word_.begin() + static_cast<std::ptrdiff_t>(length));
      decode_rs_8(word_.data(), nullptr, 0, static_cast<int>(kData - length));
      for (std::size_t n = 0; n < length; ++n) bytes[block + n * step] = word_[n];
    }
  }

 private:
  static constexpr std::size_t kData = 223, kParity = 32;

  static std::size_t blocks(std::size_t bytes) noexcept { return (bytes + kData - 1) / kData; }
  static std::size_t rs_bytes(std::size_t bytes) noexcept { return bytes + kParity * blocks(bytes); }

  // Gathers the bytes of one block into word_; their number.
  std::size_t take(std::span<const std::uint8_t> words, std::size_t bytes, std::size_t block) noexcept {
    std::size_t length = 0;
    for (std::size_t n = block; n < bytes; n += blocks(bytes)) word_[length++] = words[n];
    return length;
  }

  ViterbiDecoder inner_;
  std::vector<std::uint8_t> words_;
  std::array<std::uint8_t, kData + kParity> word_{};
};

}  // namespace

std::optional<FecScheme> find_fec(std::string_view name) {
  const auto found = std::ranges::find(kFecNames, name);
  if (found == kFecNames.end()) return {};
  return static_cast<FecScheme>(found - kFecNames.begin());
}

std::unique_ptr<Fec> Fec::make(FecScheme scheme, std::size_t max_bytes) {
  switch (scheme) {
    case FecScheme::none:
      return std::make_unique<NoFec>();
    case FecScheme::hamming:
      return std::make_unique<LiquidFec>(LIQUID_FEC_HAMMING128, max_bytes);
    case FecScheme::golay:
      return std::make_unique<LiquidFec>(LIQUID_FEC_GOLAY2412, max_bytes);
    case FecScheme::conv:
      return std::make_unique<ConvFec>(max_bytes);
    case FecScheme::conv_rs:
      return std::make_unique<ConcatenatedFec>(max_bytes);
  }
  return nullptr;
}

}  // namespace sluice::sdr
