// What the models here take: mono at kSpeechRate.
#pragma once

#include <fmt/format.h>

#include "engine/node/node.h"
#include "nodes/speech/payloads.h"

namespace sluice::speech {

// What a port with `format` accepts: for Node::accepted().
inline Format as_speech(Format format) {
  format.rate_hz = kSpeechRate;
  format.channels = 1;
  return format;
}

// Error where anything else arrives: for Node::configure().
inline Status expect_speech(const Format& format) {
  if (format.rate_hz == kSpeechRate && format.channels == 1) return {};
  return Error{"in", fmt::format("takes audio at 16000 Hz, 1 channel, but gets {}", to_string(format))};
}

}  // namespace sluice::speech
