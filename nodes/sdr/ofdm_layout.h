// The OFDM frame: which carriers there are, and what the known symbols look like. It is liquid-dsp's (ofdmframegen):
// two symbols S0 on every second carrier, so that they repeat themselves after M / 2 samples, one symbol S1 on all,
// then symbols of data with pilots among them. What is known is read off its own transmitter.
//
// Behind S1: the head (BPSK, rate 1/2, K = 7, as often as fits into its symbols), then the payload.
//   byte 0     version (4 bits), modulation of the payload (4 bits)
//   byte 1-2   payload, bytes, big endian
//   byte 3-4   CRC-16
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "nodes/sdr/kernels/complex_math.h"
#include "nodes/sdr/kernels/qam.h"

namespace sluice::sdr {

struct OfdmShape {
  std::size_t carriers = 64;  // M, even
  std::size_t prefix = 16;    // cyclic prefix, samples; at least M / 8
  std::size_t taper = 4;      // samples of overlap between symbols

  std::size_t symbol() const { return carriers + prefix; }
};

inline constexpr std::size_t kPreambleSymbols = 3;
inline constexpr std::size_t kOfdmHeadBytes = 5;
inline constexpr std::size_t kOfdmHeadBits = conv_coded_bits(kOfdmHeadBytes);

struct OfdmHead {
  Modulation modulation = Modulation::qpsk;
  std::size_t bytes = 0;
};
std::array<std::uint8_t, kOfdmHeadBytes> pack(const OfdmHead& head) noexcept;
std::optional<OfdmHead> unpack(std::span<const std::uint8_t, kOfdmHeadBytes> bytes) noexcept;

struct OfdmLayout {
  static constexpr std::size_t kPilotPeriod = 255;  // symbols: liquid-dsp's pilots are a sequence of 2^8 - 1 bits

  explicit OfdmLayout(const OfdmShape& shape);  // allocates; a few milliseconds

  OfdmShape shape;
  std::vector<std::uint8_t> kinds;     // liquid-dsp's subcarrier types, by bin
  std::vector<int> carriers;           // used ones, ascending from the lowest frequency, signed
  std::vector<std::uint8_t> is_pilot;  // of each of them
  std::size_t data_carriers = 0;       // of them
  std::vector<Sample> s0, s1;          // spectrum of the known symbols by bin, of data of power 1
  std::vector<Sample> s1_time;         // M samples, energy 1
  std::vector<Sample> pilots;          // [kPilotPeriod][carrier], 0 where there is none

  std::size_t bin(int carrier) const {
    return carrier < 0 ? shape.carriers - static_cast<std::size_t>(-carrier) : static_cast<std::size_t>(carrier);
  }
  std::size_t head_symbols() const { return (kOfdmHeadBits + data_carriers - 1) / data_carriers; }
  std::size_t payload_symbols(const OfdmHead& head) const {
    const std::size_t bits = data_carriers * bits_per_symbol(head.modulation);
    return (8 * head.bytes + bits - 1) / bits;
  }
  // Samples of a whole frame.
  std::size_t frame_samples(const OfdmHead& head) const {
    return (kPreambleSymbols + head_symbols() + payload_symbols(head)) * shape.symbol();
  }
};

// A forward transform of liquid-dsp (by FFTW in single precision) on arrays of its own.
class ForwardFft {
 public:
  explicit ForwardFft(std::size_t size);
  ~ForwardFft();
  ForwardFft(const ForwardFft&) = delete;
  ForwardFft& operator=(const ForwardFft&) = delete;

  std::span<Sample> input() noexcept { return input_; }
  std::span<const Sample> execute() noexcept;  // realtime-safe

 private:
  std::vector<Sample> input_, output_;
  void* plan_;
};

// FFTW's planner is not thread-safe: held while liquid-dsp objects with transforms are made or destroyed.
std::mutex& fft_planner();

}  // namespace sluice::sdr
