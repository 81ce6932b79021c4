// Complex samples as bytes, in the formats that radios and their programs write.
//   cf32  two IEEE floats, little endian (GNU Radio's .cfile)
//   cs16  two signed 16-bit integers, little endian, full scale 32768
//   cu8   two unsigned bytes around 127.5 (RTL-SDR)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "nodes/sdr/kernels/complex_math.h"

namespace sluice::sdr {

enum class IqFormat : std::uint8_t { cf32, cs16, cu8 };
inline constexpr std::array<std::string_view, 3> kIqFormatNames{"cf32", "cs16", "cu8"};
// SigMF 1.0's names for them (core:datatype).
inline constexpr std::array<std::string_view, 3> kSigmfTypes{"cf32_le", "ci16_le", "cu8"};

std::optional<IqFormat> find_iq_format(std::string_view name);
std::optional<IqFormat> find_sigmf_type(std::string_view name);
constexpr std::size_t sample_bytes(IqFormat format) {
  return format == IqFormat::cf32 ? 8 : format == IqFormat::cs16 ? 4 : 2;
}

struct IqFaults {
  std::size_t clipped = 0;  // beyond full scale, written as full scale
  std::size_t invalid = 0;  // not a number, read or written as 0
};

// bytes.size() == samples.size() * sample_bytes(format). Realtime-safe. What is read exactly comes back exactly.
IqFaults unpack_iq(IqFormat format, std::span<const std::byte> bytes, std::span<Sample> samples) noexcept;
IqFaults pack_iq(IqFormat format, std::span<const Sample> samples, std::span<std::byte> bytes) noexcept;

}  // namespace sluice::sdr
