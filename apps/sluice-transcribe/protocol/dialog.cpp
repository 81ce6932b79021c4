#include "apps/sluice-transcribe/protocol/dialog.h"

#include <fmt/format.h>

namespace sluice::transcribe {

bool is_usable_rate(double rate_hz) {
  return rate_hz >= kMinRate && rate_hz <= kMaxRate;
}

std::string unusable_rate_text(double rate_hz) {
  return fmt::format("A rate of {:g} Hz cannot be recognised: send {:g} to {:g} Hz.", rate_hz, kMinRate, kMaxRate);
}

}  // namespace sluice::transcribe
