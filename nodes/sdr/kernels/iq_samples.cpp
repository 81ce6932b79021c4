#include "nodes/sdr/kernels/iq_samples.h"

#include <algorithm>
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

float read_axis(IqFormat format, const std::byte* from) noexcept {
  switch (format) {
    case IqFormat::cf32:
      return load<float>(from);
    case IqFormat::cs16:
      return static_cast<float>(load<std::int16_t>(from)) / 32768;
    case IqFormat::cu8:
      return (static_cast<float>(load<std::uint8_t>(from)) - 127.5f) / 127.5f;
  }
  return 0;
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
  const std::size_t axis = sample_bytes(format) / 2;
  for (std::size_t n = 0; n < samples.size(); ++n) {
    const std::byte* from = bytes.data() + 2 * n * axis;
    samples[n] = {read_axis(format, from), read_axis(format, from + axis)};
    if (!std::isfinite(samples[n].real()) || !std::isfinite(samples[n].imag())) {
      ++faults.invalid;
      samples[n] = 0;
    }
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
