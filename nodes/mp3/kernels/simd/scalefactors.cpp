// One candidate of the scalefactor choice. Step indices and scalefactors are small integers, exact as floats.
#include "nodes/mp3/kernels/simd/kernels.h"
#include "nodes/mp3/kernels/simd/lanes.h"

namespace sluice::mp3::SLUICE_SIMD_TARGET {
namespace {

constexpr int kPartials = 16;  // of a sum, whatever the target

inline float largest_of(Floats v) {
  float p[kLanes];
  store(p, v);
  for (int half = kLanes / 2; half > 0; half /= 2)
    for (int i = 0; i < half; ++i) p[i] = p[i] > p[i + half] ? p[i] : p[i + half];
  return p[0];
}

inline float total_of(const Floats (&partial)[kPartials / kLanes]) {
  float p[kPartials];
  __builtin_memcpy(p, partial, sizeof p);
  for (int half = kPartials / 2; half > 0; half /= 2)
    for (int i = 0; i < half; ++i) p[i] += p[i + half];
  return p[0];
}

}  // namespace

float highest_wanted(const float* wanted) {
  Floats highest = load(wanted);
  for (int b = kLanes; b < kBandSlots; b += kLanes) highest = greatest(highest, load(wanted + b));
  return largest_of(highest);
}

float fit_scalefactors(const ScalefactorLimits& limits, const float* wanted, const float* finest, const float* base,
                       float step, float* scalefac) {
  const float per_step = 1.0f / step;
  Floats shortfall = {};
  for (int b = 0; b < kBandSlots; b += kLanes) {
    const Floats from = load(base + b);
    const Floats target = load(wanted + b);
    const Floats most = load(limits.most + b);
    const Floats exact = (from - target) * per_step + 0.5f;
    const Floats towards_zero = to_floats(to_ints(exact));
    const Floats needed = towards_zero > exact ? towards_zero - 1.0f : towards_zero;
    const Floats possible = to_floats(to_ints((from - load(finest + b)) * per_step));
    const Floats chosen = least(greatest(least(needed, possible), Floats{}), most);
    const auto active = (target != kAnyStep) & (most > Floats{});
    store(scalefac + b, active ? chosen : Floats{});
    shortfall = greatest(shortfall, active ? needed - most : Floats{});
  }
  return largest_of(shortfall);
}

void score_scalefactors(const ScalefactorLimits& limits, const float* wanted, const float* finest, const float* base,
                        float step, const float* scalefac, ScalefactorScore& score) {
  Floats unevenness[kPartials / kLanes] = {};
  Floats excess = Floats{} - 1000.0f;  // of the finest over the step
  Floats lower = {};
  Floats upper = {};
  for (int b = 0; b < kBandSlots; b += kLanes) {
    const Floats target = load(wanted + b);
    const Floats chosen = load(scalefac + b);
    const Floats obtained = load(base + b) - chosen * step;
    const Floats off = obtained - target;
    const auto active = target != kAnyStep;
    unevenness[b / kLanes % (kPartials / kLanes)] += active ? load(limits.width + b) * off * off : Floats{};
    excess = greatest(excess, active ? load(finest + b) - obtained : excess);
    lower = greatest(lower, chosen * load(limits.lower + b));
    upper = greatest(upper, chosen * (1.0f - load(limits.lower + b)));
  }
  score = {total_of(unevenness), -largest_of(excess), largest_of(lower), largest_of(upper)};
}

}  // namespace sluice::mp3::SLUICE_SIMD_TARGET
