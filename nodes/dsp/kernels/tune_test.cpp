#include "nodes/dsp/kernels/tune.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace sluice::dsp {
namespace {

struct Stereo {
  std::vector<float> left, right;
};

Stereo play(double rate_hz, std::size_t frames, std::size_t block) {
  Tune tune(rate_hz);
  Stereo out{std::vector<float>(frames), std::vector<float>(frames)};
  for (std::size_t n = 0; n < frames; n += block) {
    const std::size_t count = std::min(block, frames - n);
    tune.generate(std::span(out.left).subspan(n, count), std::span(out.right).subspan(n, count));
  }
  return out;
}

double level_db(const std::vector<float>& x, std::size_t first, std::size_t count) {
  double sum = 0;
  for (std::size_t n = first; n < first + count; ++n) sum += static_cast<double>(x[n]) * static_cast<double>(x[n]);
  return 10 * std::log10(sum / static_cast<double>(count));
}

TEST(Tune, LevelIsAboutMinus14dBFSAndNeverClips) {
  const std::size_t frames = 44100 * 60;
  const Stereo x = play(44100, frames, 441);
  EXPECT_NEAR(level_db(x.left, 0, frames), -14, 2);
  EXPECT_NEAR(level_db(x.right, 0, frames), -14, 2);
  for (const auto* side : {&x.left, &x.right})
    for (const float v : *side) ASSERT_LT(std::abs(v), 0.98f);
}

TEST(Tune, NeverFallsSilent) {
  const Stereo x = play(44100, 44100 * 60, 441);
  for (std::size_t second = 0; second < 60; ++second) EXPECT_GT(level_db(x.left, second * 44100, 44100), -30) << second;
}

TEST(Tune, IsTheSameForAnyBlockSize) {
  const Stereo whole = play(48000, 96000, 96000), odd = play(48000, 96000, 577);
  EXPECT_EQ(whole.left, odd.left);
  EXPECT_EQ(whole.right, odd.right);
}

TEST(Tune, HasNoClicksAtNoteStarts) {
  const Stereo x = play(44100, 44100 * 20, 441);
  float steepest = 0;
  for (std::size_t n = 1; n < x.left.size(); ++n) steepest = std::max(steepest, std::abs(x.left[n] - x.left[n - 1]));
  EXPECT_LT(steepest, 0.25f);
}

TEST(Tune, PlaysAtTheLowestRateOfMp3) {
  const Stereo x = play(16000, 16000 * 10, 160);
  EXPECT_NEAR(level_db(x.left, 0, x.left.size()), -14, 3);
}

}  // namespace
}  // namespace sluice::dsp
