// What a station says by RDS, as a line of JSON.
#pragma once

#include <cstddef>
#include <span>

#include "nodes/sdr/kernels/rds.h"

namespace sluice::sdr {

inline constexpr std::size_t kMaxRdsJson = 1024;

// {"pi":"1234","pty":10,"ps":"SLUICE","rt":"A - B","artist":"A","title":"B"}; letters that are no printable ASCII come
// out as '?'. Returns the bytes written, at most line.size(). Realtime-safe.
std::size_t write_rds_json(const RdsStation& station, std::span<char> line) noexcept;

}  // namespace sluice::sdr
