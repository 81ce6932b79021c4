// Trials of the scalefactor choice. Step indices and scalefactors are small integers, exact as floats.
#include "nodes/mp3/kernels/simd/kernels.h"
#include "nodes/mp3/kernels/simd/lanes.h"

namespace sluice::mp3::SLUICE_SIMD_TARGET {
namespace {

typedef std::uint8_t Bytes __attribute__((vector_size(kLanes)));

constexpr int kPartials = 16;  // of a sum, whatever the target

// Folded 16 to 8 to 4 partial sums, whatever the target.
inline float total_of(const Floats (&partial)[kPartials / kLanes]) {
#if defined(__AVX512F__)
  const Floats sum = partial[0];
#elif defined(__AVX2__)
  const Floats sum = partial[0] + partial[1];
#else
  const Floats sum = (partial[0] + partial[2]) + (partial[1] + partial[3]);
#endif
  return total(fold(sum, [](auto x, auto y) { return x + y; }));
}

// kLanes bands from `b` on, under one trial.
struct Bands {
  Floats target;
  Floats finest;
  Floats most;
  Floats needed;  // scalefactors that would reach the target
  Floats chosen;
  Floats index;

  Bands(const ScalefactorLimits& limits, const ScalefactorWishes& wishes, const ScalefactorTrial& trial, int b)
      : target(load(wishes.index + b)), finest(load(wishes.finest + b)), most(load(limits.most + b)) {
    const float per_step = 1.0f / trial.step;
    const Floats base = trial.gain - load(wishes.lowered + b) - trial.preflag * trial.step * load(limits.pretab + b);
    needed = floor((base - target) * per_step + 0.5f);
    const Floats possible = to_floats(to_ints((base - finest) * per_step));
    chosen = target != kAnyStep ? least(greatest(least(needed, possible), Floats{}), most) : Floats{};
    index = base - chosen * trial.step;
  }
};

inline ScalefactorScore score_of(const ScalefactorLimits& limits, const ScalefactorWishes& wishes,
                                 const ScalefactorTrial& trial) {
  Floats unevenness[kPartials / kLanes] = {};
  Floats excess = Floats{} - 1000.0f;  // of the finest over the step
  Floats shortfall = {};
  Floats largest_lower = {};
  Floats largest_upper = {};
  for (int b = 0; b < limits.slots; b += kLanes) {
    const Bands bands(limits, wishes, trial, b);
    const auto active = bands.target != kAnyStep;
    const Floats off = bands.index - bands.target;
    const Floats lower = load(limits.lower + b);
    unevenness[b / kLanes % (kPartials / kLanes)] += active ? load(limits.width + b) * off * off : Floats{};
    excess = active ? greatest(excess, bands.finest - bands.index) : excess;
    shortfall = (active & (bands.most > Floats{})) ? greatest(shortfall, bands.needed - bands.most) : shortfall;
    largest_lower = greatest(largest_lower, bands.chosen * lower);
    largest_upper = greatest(largest_upper, bands.chosen * (1.0f - lower));
  }
  const Floats4 largest = largest_of(excess, shortfall, largest_lower, largest_upper);
  return {total_of(unevenness), -largest[0], largest[1], largest[2], largest[3]};
}

}  // namespace

void wishes_at(int slots, const BandTargets& targets, float offset, ScalefactorWishes& out) {
  for (int b = 0; b < slots; b += kLanes) {
    const Floats finest = load(targets.finest + b);
    const Floats index = greatest(load(targets.index + b) + offset, finest);
    store(out.index + b, load(targets.last_offset + b) > offset ? index : Floats{} + kAnyStep);
    store(out.finest + b, finest);
    store(out.lowered + b, Floats{});
  }
}

float highest_wanted(const float* wanted, int slots) {
  Floats highest = load(wanted);
  for (int b = kLanes; b < slots; b += kLanes) highest = greatest(highest, load(wanted + b));
  return largest_of(highest, highest, highest, highest)[0];
}

void score_scalefactors(const ScalefactorLimits& limits, const ScalefactorWishes& wishes,
                        const ScalefactorTrial* trials, int count, ScalefactorScore* scores) {
  for (int i = 0; i < count; ++i) scores[i] = score_of(limits, wishes, trials[i]);
}

void set_scalefactors(const ScalefactorLimits& limits, const ScalefactorWishes& wishes, const ScalefactorTrial& trial,
                      std::uint8_t* scalefac, float* obtained) {
  for (int b = 0; b < limits.slots; b += kLanes) {
    const Bands bands(limits, wishes, trial, b);
    store(scalefac + b, __builtin_convertvector(to_ints(bands.chosen), Bytes));
    store(obtained + b, bands.index);
  }
}

}  // namespace sluice::mp3::SLUICE_SIMD_TARGET
