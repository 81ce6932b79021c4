// One trial of the scalefactor choice. Step indices and scalefactors are small integers, exact as floats.
#include "nodes/mp3/kernels/simd/kernels.h"
#include "nodes/mp3/kernels/simd/lanes.h"

namespace sluice::mp3::SLUICE_SIMD_TARGET {
namespace {

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

}  // namespace

float highest_wanted(const float* wanted) {
  Floats highest = load(wanted);
  for (int b = kLanes; b < kBandSlots; b += kLanes) highest = greatest(highest, load(wanted + b));
  return largest_of(highest, highest, highest, highest)[0];
}

void try_scalefactors(const ScalefactorLimits& limits, const float* wanted, const float* finest, const float* lowered,
                      const ScalefactorTrial& trial, float* scalefac, float* obtained, ScalefactorScore& score) {
  const float per_step = 1.0f / trial.step;
  Floats unevenness[kPartials / kLanes] = {};
  Floats excess = Floats{} - 1000.0f;  // of the finest over the step
  Floats shortfall = {};
  Floats largest_lower = {};
  Floats largest_upper = {};
  for (int b = 0; b < limits.slots; b += kLanes) {
    const Floats target = load(wanted + b);
    const Floats least_index = load(finest + b);
    const Floats most = load(limits.most + b);
    const Floats base = trial.gain - load(lowered + b) - trial.preflag * trial.step * load(limits.pretab + b);
    const auto active = target != kAnyStep;
    const Floats needed = floor((base - target) * per_step + 0.5f);
    const Floats possible = to_floats(to_ints((base - least_index) * per_step));
    const Floats chosen = active ? least(greatest(least(needed, possible), Floats{}), most) : Floats{};
    const Floats index = base - chosen * trial.step;
    const Floats off = index - target;
    const Floats lower = load(limits.lower + b);
    unevenness[b / kLanes % (kPartials / kLanes)] += active ? load(limits.width + b) * off * off : Floats{};
    excess = active ? greatest(excess, least_index - index) : excess;
    shortfall = (active & (most > Floats{})) ? greatest(shortfall, needed - most) : shortfall;
    largest_lower = greatest(largest_lower, chosen * lower);
    largest_upper = greatest(largest_upper, chosen * (1.0f - lower));
    store(scalefac + b, chosen);
    store(obtained + b, index);
  }
  const Floats4 largest = largest_of(excess, shortfall, largest_lower, largest_upper);
  score = {total_of(unevenness), -largest[0], largest[1], largest[2], largest[3]};
}

}  // namespace sluice::mp3::SLUICE_SIMD_TARGET
