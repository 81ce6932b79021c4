#include "nodes/sdr/kernels/iq_samples.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>

namespace sluice::sdr {
namespace {

template <typename T>
T load(const std::byte* from) noexcept {
  static_assert(std::endian::native == std::endian::little);
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <typename T>
void store(std::byte* to, T value) noexcept {
  std::memcpy(to, &value, sizeof value);
}

template <typename T>
void unpack(std::span<const std::byte> bytes, std::span<Sample> samples, auto&& to_float) noexcept {
  const std::byte* from = bytes.data();
  for (Sample& sample : samples) {
    sample = {to_float(load<T>(from)), to_float(load<T>(from + sizeof(T)))};
    from += 2 * sizeof(T);
  }
}

// Copies, and tells whether all are numbers. Infinities and NaN have all bits of the exponent set: one more of it
// carries into the sign's place. Sixteen numbers at once, of which the compiler makes vectors.
bool copy_finite(std::span<const std::byte> bytes, std::span<Sample> samples) noexcept {
  constexpr std::uint32_t kExponentStep = 0x0080'0000, kMagnitude = 0x7fff'ffff, kCarry = 0x8000'0000;
  using Axes = std::array<std::uint32_t, 16>;
  Axes axes{}, carries{};
  const auto look = [&] {
    for (std::size_t k = 0; k < axes.size(); ++k) carries[k] |= (axes[k] & kMagnitude) + kExponentStep;
  };
  auto* to = reinterpret_cast<std::byte*>(samples.data());
  for (; bytes.size() >= sizeof axes; bytes = bytes.subspan(sizeof axes), to += sizeof axes) {
    std::memcpy(axes.data(), bytes.data(), sizeof axes);
    std::memcpy(to, axes.data(), sizeof axes);
    look();
  }
  if (!bytes.empty()) {
    axes.fill(0);
    std::memcpy(axes.data(), bytes.data(), bytes.size());
    std::memcpy(to, axes.data(), bytes.size());
    look();
  }
  return std::ranges::none_of(carries, [](std::uint32_t sum) { return (sum & kCarry) != 0; });
}

std::size_t clear_invalid(std::span<Sample> samples) noexcept {
  std::size_t invalid = 0;
  for (Sample& sample : samples)
    if (!std::isfinite(sample.real()) || !std::isfinite(sample.imag())) {
      ++invalid;
      sample = 0;
    }
  return invalid;
}

// `scaled` within [low, high], to the nearest; NaN was dealt with before.
long rounded(float scaled, float low, float high, IqFaults& faults) noexcept {
  if (scaled < low - 0.5f || scaled > high + 0.5f) ++faults.clipped;
  return std::lrint(std::clamp(scaled, low, high));
}

void write_axis(IqFormat format, float x, std::byte* to, IqFaults& faults) noexcept {
  if (!std::isfinite(x)) {
    ++faults.invalid;
    x = 0;
  }
  switch (format) {
    case IqFormat::cf32:
      store(to, x);
      break;
    case IqFormat::cs16:
      store(to, static_cast<std::int16_t>(rounded(x * 32768, -32768, 32767, faults)));
      break;
    case IqFormat::cu8:
      store(to, static_cast<std::uint8_t>(rounded(127.5f + x * 127.5f, 0, 255, faults)));
      break;
  }
}

template <std::size_t size>
std::optional<IqFormat> find(const std::array<std::string_view, size>& names, std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return {};
  return static_cast<IqFormat>(found - names.begin());
}

}  // namespace

std::optional<IqFormat> find_iq_format(std::string_view name) {
  return find(kIqFormatNames, name);
}
std::optional<IqFormat> find_sigmf_type(std::string_view name) {
  return find(kSigmfTypes, name);
}

IqFaults unpack_iq(IqFormat format, std::span<const std::byte> bytes, std::span<Sample> samples) noexcept {
  assert(bytes.size() == samples.size() * sample_bytes(format));
  IqFaults faults;
  switch (format) {
    case IqFormat::cf32:
      if (!copy_finite(bytes, samples)) faults.invalid = clear_invalid(samples);
      break;
    case IqFormat::cs16:
      unpack<std::int16_t>(bytes, samples, [](std::int16_t x) { return static_cast<float>(x) / 32768; });
      break;
    case IqFormat::cu8:
      unpack<std::uint8_t>(bytes, samples, [](std::uint8_t x) { return (static_cast<float>(x) - 127.5f) / 127.5f; });
      break;
  }
  return faults;
}

IqFaults pack_iq(IqFormat format, std::span<const Sample> samples, std::span<std::byte> bytes) noexcept {
  assert(bytes.size() == samples.size() * sample_bytes(format));
  IqFaults faults;
  const std::size_t axis = sample_bytes(format) / 2;
  for (std::size_t n = 0; n < samples.size(); ++n) {
    std::byte* to = bytes.data() + 2 * n * axis;
    write_axis(format, samples[n].real(), to, faults);
    write_axis(format, samples[n].imag(), to + axis, faults);
  }
  return faults;
}

}  // namespace sluice::sdr
