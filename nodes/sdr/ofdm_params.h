// What sender and receiver of OFDM frames must agree upon.
#pragma once

#include "engine/node/node.h"
#include "nodes/sdr/ofdm_layout.h"

namespace sluice::sdr {

struct OfdmParams {
  explicit OfdmParams(Node& node)
      : carriers{node,
                 "carriers",
                 {.default_value = 64, .min = 32, .max = 1024, .doc = "size of the transform; a multiple of 8"}},
        prefix{node,
               "prefix",
               {.default_value = 16, .min = 4, .max = 256, .doc = "cyclic prefix: longer than the echoes, samples"}} {}

  Param<int> carriers, prefix;

  Status check() const {
    if (carriers % 8 != 0) return Error{"carriers", "must be a multiple of 8"};
    if (prefix < carriers / 8 || prefix > carriers / 2)
      return Error{"prefix", "must be between an eighth and a half of `carriers`"};
    return {};
  }
  OfdmShape shape() const {
    return {.carriers = static_cast<std::size_t>(carriers.value()),
            .prefix = static_cast<std::size_t>(prefix.value()),
            .taper = static_cast<std::size_t>(prefix.value()) / 4};
  }
};

}  // namespace sluice::sdr
