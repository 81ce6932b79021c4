#include "nodes/sdr/ofdm_layout.h"

#include "nodes/sdr/liquid_dsp.h"

#include <algorithm>
#include <cmath>

#include "nodes/sdr/kernels/crc.h"

namespace sluice::sdr {
namespace {

constexpr std::uint8_t kOfdmVersion = 1;

}  // namespace

std::array<std::uint8_t, kOfdmHeadBytes> pack(const OfdmHead& head) noexcept {
  std::array<std::uint8_t, kOfdmHeadBytes> bytes{
      static_cast<std::uint8_t>(kOfdmVersion << 4 | static_cast<int>(head.modulation)),
      static_cast<std::uint8_t>(head.bytes >> 8), static_cast<std::uint8_t>(head.bytes)};
  const std::uint16_t check = crc16(std::span(bytes).first(3));
  bytes[3] = static_cast<std::uint8_t>(check >> 8);
  bytes[4] = static_cast<std::uint8_t>(check);
  return bytes;
}

std::optional<OfdmHead> unpack(std::span<const std::uint8_t, kOfdmHeadBytes> bytes) noexcept {
  if (crc16(bytes.first(3)) != (bytes[3] << 8 | bytes[4])) return {};
  if (bytes[0] >> 4 != kOfdmVersion || (bytes[0] & 0xF) >= kModulationNames.size()) return {};
  return OfdmHead{static_cast<Modulation>(bytes[0] & 0xF), static_cast<std::size_t>(bytes[1] << 8 | bytes[2])};
}

std::mutex& fft_planner() {
  static std::mutex mutex;
  return mutex;
}

ForwardFft::ForwardFft(std::size_t size) : input_(size), output_(size) {
  const std::lock_guard lock(fft_planner());
  plan_ = fft_create_plan(static_cast<unsigned>(size), input_.data(), output_.data(), LIQUID_FFT_FORWARD, 0);
}

ForwardFft::~ForwardFft() {
  const std::lock_guard lock(fft_planner());
  fft_destroy_plan(static_cast<fftplan>(plan_));
}

std::span<const Sample> ForwardFft::execute() noexcept {
  fft_execute(static_cast<fftplan>(plan_));
  return output_;
}

OfdmLayout::OfdmLayout(const OfdmShape& of) : shape(of), kinds(of.carriers), s0(of.carriers), s1(of.carriers) {
  const auto size = static_cast<unsigned>(shape.carriers);
  ofdmframe_init_default_sctype(size, kinds.data());
  const int half = static_cast<int>(shape.carriers / 2);
  for (int carrier = -half; carrier < half; ++carrier) {
    const std::uint8_t kind = kinds[bin(carrier)];
    if (kind == OFDMFRAME_SCTYPE_NULL) continue;
    carriers.push_back(carrier);
    is_pilot.push_back(kind == OFDMFRAME_SCTYPE_PILOT);
    data_carriers += kind == OFDMFRAME_SCTYPE_DATA;
  }

  ForwardFft fft(shape.carriers);
  fft_planner().lock();
  ofdmframegen generator =
      ofdmframegen_create(size, static_cast<unsigned>(shape.prefix), static_cast<unsigned>(shape.taper), kinds.data());
  fft_planner().unlock();
  std::vector<Sample> symbol(shape.symbol()), silence(shape.carriers);
  const auto spectrum = [&] {
    std::copy(symbol.begin() + static_cast<std::ptrdiff_t>(shape.prefix), symbol.end(), fft.input().begin());
    return fft.execute();
  };
  ofdmframegen_write_S0a(generator, symbol.data());
  ofdmframegen_write_S0b(generator, symbol.data());
  std::ranges::copy(spectrum(), s0.begin());
  ofdmframegen_write_S1(generator, symbol.data());
  s1_time.assign(symbol.begin() + static_cast<std::ptrdiff_t>(shape.prefix), symbol.end());
  std::ranges::copy(spectrum(), s1.begin());
  float amplitude = 0;
  for (std::size_t n = 0; n < kPilotPeriod; ++n) {
    ofdmframegen_writesymbol(generator, silence.data(), symbol.data());
    const auto values = spectrum();
    for (std::size_t c = 0; c < carriers.size(); ++c) {
      const Sample value = values[bin(carriers[c])];
      pilots.push_back(is_pilot[c] ? value : Sample{});
      amplitude = std::max(amplitude, is_pilot[c] ? std::abs(value) : 0.0f);
    }
  }
  fft_planner().lock();
  ofdmframegen_destroy(generator);
  fft_planner().unlock();

  // What data of power 1 comes out as is the unit: liquid-dsp scales pilots like data.
  for (auto* values : {&s0, &s1, &pilots})
    for (Sample& value : *values) value /= amplitude;
  float energy = 0;
  for (const Sample& x : s1_time) energy += power(x);
  for (Sample& x : s1_time) x /= std::sqrt(energy);
}

}  // namespace sluice::sdr
