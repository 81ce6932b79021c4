#include "nodes/mp3/kernels/psychoacoustics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "nodes/mp3/kernels/analysis.h"

namespace sluice::mp3 {
namespace {

// Spectra of a mono signal, granule by granule.
std::vector<Spectrum> spectra(const std::vector<float>& x, const StreamFormat& format) {
  Polyphase bank;
  MdctStage mdct(format, StereoMode::kStereo, true);
  std::vector<Spectrum> out;
  SubbandSet subbands;
  SpectrumSet set;
  for (std::size_t at = 0; at + kLines <= x.size(); at += kLines) {
    bank.analyse(std::span(x).subspan(at).first<kLines>(), subbands[0]);
    if (mdct.push(subbands, set)) out.push_back(set[0]);
  }
  return out;
}

std::vector<float> sine(double hz, double rate_hz, double amplitude, int granules) {
  std::vector<float> x(static_cast<std::size_t>(granules * kLines));
  for (std::size_t n = 0; n < x.size(); ++n)
    x[n] = static_cast<float>(amplitude * std::sin(2 * std::numbers::pi * hz * static_cast<double>(n) / rate_hz));
  return x;
}

Masking analyse(Psychoacoustics& model, const Spectrum& spectrum) {
  Masking masking;
  model.analyse(std::span(&spectrum, 1), std::span(&masking, 1));
  return masking;
}

double db(double energy) {
  return 10 * std::log10(energy);
}

const StreamFormat kFormat = *StreamFormat::at_rate(44100, 1);

TEST(PsychoacousticsTest, AToneMasksItsOwnBandMostAndHigherBandsMoreThanLower) {
  Psychoacoustics model(kFormat);
  Masking masking;
  for (const Spectrum& s : spectra(sine(1000, 44100, 0.5, 12), kFormat)) masking = analyse(model, s);
  const int band = 6;  // lines 24..30, 0.92 to 1.15 kHz
  const auto level = [&](int b) {
    return db(masking.threshold[b] / (kFormat.long_edges()[b + 1] - kFormat.long_edges()[b]));
  };
  for (int b = 0; b < kLongBands; ++b) EXPECT_LE(level(b), level(band));
  EXPECT_GT(level(band + 3), level(band - 3));
}

TEST(PsychoacousticsTest, TheThresholdLiesAFewDbBelowANoiseAndFollowsItsLevel) {
  std::minstd_rand random(1);
  std::normal_distribution<float> value(0.0f, 0.1f);
  std::vector<float> x(20 * kLines);
  for (float& sample : x) sample = value(random);
  Psychoacoustics model(kFormat);
  Masking loud;
  std::vector<Spectrum> all = spectra(x, kFormat);
  for (const Spectrum& s : all) loud = analyse(model, s);
  double energy = 0.0;
  for (int i = 62; i < 74; ++i) energy += std::pow(all.back().line[i], 2);
  const double expected = 12 * 2 * 0.01 / kLines;  // white noise: 2 sigma^2 over all lines
  EXPECT_NEAR(db(loud.threshold[11] / expected), -3.0, 5.0);
  model.reset();
  Masking quiet;
  for (Spectrum s : all) {
    for (float& line : s.line) line *= 0.1f;
    quiet = analyse(model, s);
  }
  EXPECT_NEAR(db(loud.threshold[11] / quiet.threshold[11]), 20.0, 2.0);
}

TEST(PsychoacousticsTest, InSilenceTheThresholdInQuietRemains) {
  Spectrum silence{};
  Psychoacoustics model(kFormat);
  const Masking masking = analyse(model, silence);
  int most_sensitive = 0;
  for (int b = 0; b < kLongBands; ++b) {
    EXPECT_GT(masking.threshold[b], 0.0f);
    const auto per_line = [&](int i) {
      return masking.threshold[i] / (kFormat.long_edges()[i + 1] - kFormat.long_edges()[i]);
    };
    if (per_line(b) < per_line(most_sensitive)) most_sensitive = b;
  }
  const double hz = kFormat.long_edges()[most_sensitive] * 44100 / 1152.0;
  EXPECT_GT(hz, 1500);
  EXPECT_LT(hz, 6000);
}

TEST(PsychoacousticsTest, ASteadyToneHasASteadyThreshold) {
  Psychoacoustics model(kFormat);
  double lowest = 1e9;
  double highest = -1e9;
  int granule = 0;
  for (const Spectrum& s : spectra(sine(1517, 44100, 0.3, 60), kFormat)) {
    const Masking masking = analyse(model, s);
    if (++granule < 10) continue;
    lowest = std::min(lowest, db(masking.threshold[9]));
    highest = std::max(highest, db(masking.threshold[9]));
  }
  EXPECT_LT(highest - lowest, 4.0);  // the MDCT lines themselves swing by more than 10 dB
}

TEST(PsychoacousticsTest, MaskingFadesAfterALoudSound) {
  auto x = sine(3000, 44100, 0.8, 10);
  x.resize(16 * kLines, 0.0f);  // the filterbank and the MDCT take three granules to run empty
  Psychoacoustics model(kFormat);
  std::vector<double> level;
  for (const Spectrum& s : spectra(x, kFormat)) level.push_back(db(analyse(model, s).threshold[12]));
  const std::size_t last = level.size() - 1;
  EXPECT_LT(level[last], level[last - 1] - 1.0);
  EXPECT_LT(level[last - 1], level[last - 2] - 1.0);
  Psychoacoustics fresh(kFormat);
  EXPECT_GT(level[last - 1], db(analyse(fresh, Spectrum{}).threshold[12]) + 10);
}

TEST(PsychoStageTest, CodesCorrelatedChannelsAsMidAndSideAndSeparateOnesNot) {
  const auto format = *StreamFormat::make(44100, 2, 128);
  PsychoStage stage(format, StereoMode::kJoint);
  const auto left = spectra(sine(700, 44100, 0.5, 6), format);
  std::minstd_rand random(1);
  std::normal_distribution<float> value(0.0f, 0.05f);
  AnalysedFrame frame;
  SpectrumSet set;
  set[0] = set[1] = left[3];
  stage.push(set, frame);
  ASSERT_TRUE(stage.push(set, frame));
  EXPECT_TRUE(frame.mid_side);
  for (float& line : set[1].line) line = value(random) * 1e-2f;
  for (float& line : set[0].line) line = value(random) * 1e+1f;
  stage.push(set, frame);
  ASSERT_TRUE(stage.push(set, frame));
  EXPECT_FALSE(frame.mid_side);
}

}  // namespace
}  // namespace sluice::mp3
