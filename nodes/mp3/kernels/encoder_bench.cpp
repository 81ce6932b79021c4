// CPU time of each stage of the encoder and of all five, per stereo frame (26 ms) at 44.1 kHz, for every target of the
// dispatch. The programme is synthetic: chords that decay, noise bursts, attacks.
#include "nodes/mp3/kernels/encoder.h"

#include <benchmark/benchmark.h>

#include <array>
#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "nodes/mp3/kernels/simd.h"

namespace sluice::mp3 {
namespace {

constexpr int kFrames = 256;
constexpr int kGranules = 2 * kFrames;

// The programme on its way through the stages.
struct Programme {
  StreamFormat format;
  std::array<std::vector<float>, 2> samples;
  std::vector<SubbandSet> subbands{kGranules};
  std::vector<SpectrumSet> spectra{kGranules - 1};
  std::vector<AnalysedFrame> analysed{kFrames - 1};
  std::vector<QuantizedFrame> quantised{kFrames - 1};

  explicit Programme(int kbps) : format(*StreamFormat::make(44100, 2, kbps)) {
    synthesise();
    std::array<Polyphase, 2> bank;
    MdctStage mdct(format, StereoMode::kJoint, true);
    PsychoStage psycho(format, StereoMode::kJoint);
    RateLoop loop(format, {});
    for (std::size_t gr = 0; gr < kGranules; ++gr) {
      for (std::size_t ch = 0; ch < 2; ++ch) bank[ch].analyse(granule(ch, gr), subbands[gr][ch]);
      mdct.push(subbands[gr], spectra[gr > 0 ? gr - 1 : 0]);  // the first only fills the look-ahead
    }
    for (std::size_t gr = 0; gr + 1 < kGranules - 1; gr += 2) {
      psycho.push(spectra[gr], analysed[gr / 2]);
      psycho.push(spectra[gr + 1], analysed[gr / 2]);
      loop.encode(analysed[gr / 2], quantised[gr / 2]);
    }
  }

  std::span<const float, kLines> granule(std::size_t ch, std::size_t gr) const {
    return std::span(samples[ch]).subspan(gr * kLines).first<kLines>();
  }

 private:
  void synthesise() {
    std::minstd_rand random(1);
    std::normal_distribution<double> noise;
    for (auto& channel : samples) channel.resize(kGranules * kLines);
    for (std::size_t n = 0; n < samples[0].size(); ++n) {
      const double t = static_cast<double>(n) / format.rate_hz;
      const double since = std::fmod(t, 0.45);
      double chord = 0.0;
      for (int harmonic = 1; harmonic < 24; ++harmonic)
        chord += std::sin(2 * std::acos(-1.0) * 146.8 * harmonic * t) * std::exp(-since * harmonic) / harmonic;
      const double burst = std::exp(-since * 40) * noise(random);
      for (std::size_t ch = 0; ch < 2; ++ch)
        samples[ch][n] = static_cast<float>(0.2 * chord + 0.15 * burst + 0.01 * noise(random));
    }
  }
};

const Programme& programme(int kbps) {
  static const Programme at_128(128);
  static const Programme at_320(320);
  return kbps == 128 ? at_128 : at_320;
}

// Runs `frame(n)` for all frames under the target that the benchmark's first argument numbers.
template <typename Frame>
void run(benchmark::State& state, Frame frame) {
  const Simd& before = simd();
  use_simd(*simd_targets()[static_cast<std::size_t>(state.range(0))]);
  std::size_t n = 0;
  for (auto _ : state) {
    frame(n);
    n = (n + 1) % (kFrames - 1);
  }
  state.SetLabel(std::string(simd().name));
  state.counters["x_real_time"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * 2 * kLines / 44100.0, benchmark::Counter::kIsRate);
  use_simd(before);
}

void filterbank(benchmark::State& state) {
  const Programme& p = programme(128);
  std::array<Polyphase, 2> bank;
  SubbandGranule out;
  run(state, [&](std::size_t n) {
    for (std::size_t gr = 2 * n; gr < 2 * n + 2; ++gr)
      for (std::size_t ch = 0; ch < 2; ++ch) bank[ch].analyse(p.granule(ch, gr), out);
    benchmark::DoNotOptimize(out);
  });
}

void mdct(benchmark::State& state) {
  const Programme& p = programme(128);
  MdctStage stage(p.format, StereoMode::kJoint, true);
  SpectrumSet out;
  run(state, [&](std::size_t n) {
    for (std::size_t gr = 2 * n; gr < 2 * n + 2; ++gr) stage.push(p.subbands[gr], out);
    benchmark::DoNotOptimize(out);
  });
}

void psychoacoustics(benchmark::State& state) {
  const Programme& p = programme(128);
  PsychoStage stage(p.format, StereoMode::kJoint);
  AnalysedFrame out;
  run(state, [&](std::size_t n) {
    for (std::size_t gr = 2 * n; gr < 2 * n + 2; ++gr) stage.push(p.spectra[gr], out);
    benchmark::DoNotOptimize(out);
  });
}

void rate_loop(benchmark::State& state) {
  const Programme& p = programme(static_cast<int>(state.range(1)));
  RateLoop loop(p.format, {});
  QuantizedFrame out;
  run(state, [&](std::size_t n) {
    loop.encode(p.analysed[n], out);
    benchmark::DoNotOptimize(out);
  });
}

void bitstream(benchmark::State& state) {
  const Programme& p = programme(static_cast<int>(state.range(1)));
  BitstreamStage stage(p.format, {});
  MuxedFrame frame;
  run(state, [&](std::size_t n) {
    stage.push(p.quantised[n]);
    while (stage.pop(frame)) benchmark::DoNotOptimize(frame);
  });
}

void all_stages(benchmark::State& state) {
  const Programme& p = programme(static_cast<int>(state.range(1)));
  Encoder encoder(p.format, {});
  std::size_t bytes = 0;
  const Encoder::Sink sink = [&](const MuxedFrame& frame) { bytes += frame.bytes.size(); };
  run(state, [&](std::size_t n) {
    for (std::size_t gr = 2 * n; gr < 2 * n + 2; ++gr) encoder.encode(p.granule(0, gr), p.granule(1, gr), sink);
  });
  benchmark::DoNotOptimize(bytes);
}

void every_target(benchmark::internal::Benchmark* bench) {
  for (std::size_t target = 0; target < simd_targets().size(); ++target) bench->Arg(static_cast<std::int64_t>(target));
}
void every_target_and_rate(benchmark::internal::Benchmark* bench) {
  for (const int kbps : {128, 320})
    for (std::size_t target = 0; target < simd_targets().size(); ++target)
      bench->Args({static_cast<std::int64_t>(target), kbps});
}

BENCHMARK(filterbank)->Apply(every_target);
BENCHMARK(mdct)->Apply(every_target);
BENCHMARK(psychoacoustics)->Apply(every_target);
BENCHMARK(rate_loop)->Apply(every_target_and_rate);
BENCHMARK(bitstream)->Apply(every_target_and_rate);
BENCHMARK(all_stages)->Apply(every_target_and_rate);

}  // namespace
}  // namespace sluice::mp3
