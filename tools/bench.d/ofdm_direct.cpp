// The OFDM demodulator without an engine around it, for radio.py: a file of samples in, seconds of user time out.
//   ofdm_direct air.cf32 BLOCK      BLOCK samples a call
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <vector>

#include "nodes/sdr/ofdm_demodulator.h"
#include "nodes/sdr/radio_framer.h"

double user_s() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec) + 1e-6 * static_cast<double>(usage.ru_utime.tv_usec);
}

int main(int count, char** arguments) {
  using sluice::sdr::Sample;
  if (count != 3) return 2;
  std::ifstream file(arguments[1], std::ios::binary | std::ios::ate);
  std::vector<Sample> samples(static_cast<std::size_t>(file.tellg()) / sizeof(Sample));
  file.seekg(0).read(reinterpret_cast<char*>(samples.data()), static_cast<long>(samples.size() * sizeof(Sample)));
  const auto block = static_cast<std::size_t>(std::atoi(arguments[2]));

  const auto layout = std::make_shared<sluice::sdr::OfdmLayout>(sluice::sdr::OfdmShape{});
  sluice::sdr::OfdmDemodulator demodulator(layout, 0.05, sluice::sdr::kMaxFrameAir, block);
  const double begun = user_s();
  std::size_t bits = 0;
  for (std::size_t n = 0; n < samples.size(); n += block) {
    demodulator.push(std::span(samples).subspan(n, std::min(block, samples.size() - n)));
    while (const auto frame = demodulator.next()) bits += frame->soft.size();
  }
  std::printf("seconds=%.4f frames=%llu bits=%zu\n", user_s() - begun,
              static_cast<unsigned long long>(demodulator.counts().frames), bits);
}
