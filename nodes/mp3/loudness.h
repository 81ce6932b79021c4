// Loudness of a whole programme by ITU-R BS.1770 and EBU R 128 (libebur128), as ReplayGain 2.0 wants it.
#pragma once

#include <ebur128.h>

#include <vector>

#include "engine/stream/block.h"
#include "nodes/mp3/kernels/info_tag.h"

namespace sluice::mp3 {

// Not thread-safe; memory does not grow with the programme.
class Loudness {
 public:
  Loudness(int channels, double rate_hz);
  ~Loudness();
  Loudness(const Loudness&) = delete;
  Loudness& operator=(const Loudness&) = delete;

  // What is not a number counts as silence.
  void add(const Block& audio);
  // Gain to -18 LUFS (0 for silence), and the largest sample so far. ReplayGain 2.0 specification, "Reference level".
  ReplayGain gain() const;

 private:
  ebur128_state* state_;
  std::vector<float> interleaved_;
};

}  // namespace sluice::mp3
