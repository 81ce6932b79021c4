#include "nodes/mp3/kernels/rate_loop.h"

#include <algorithm>
#include <cmath>

#include "nodes/mp3/kernels/granule_coder.h"
#include "nodes/mp3/kernels/log2.h"
#include "nodes/mp3/kernels/scalefactors.h"
#include "nodes/mp3/kernels/vbr_scale.h"

namespace sluice::mp3 {
namespace {

constexpr int kMaxPasses = 6;
// Range of the offset: from noise 45 dB below the thresholds to everything silent.
constexpr float kMinOffset = -40.0f;
constexpr float kMaxOffset = 240.0f;
// How steeply the logarithm (to 2) of a frame's bits falls with the offset: at first, and within which limits.
constexpr float kUsualSlope = 0.12f;
constexpr float kLeastSlope = 0.03f;
constexpr float kLargestSlope = 0.5f;
// A new frame's first guess lies at most so far from the latest offset.
constexpr float kFarthest = 12.0f;
// At one offset the bits of a frame grow with this power of its demand, about: fewest passes over the corpus of
// tuning.h.
constexpr float kDemandExponent = 0.6f;

// Frames over which the bank is emptied before a frame that must decode without history.
constexpr int kRestartAhead = 4;

struct BandwidthRow {
  int kbps_per_channel;
  int hz;
};
// Bandwidth by bitrate, tuned for 44.1 kHz with PEAQ like the numbers of tuning.h.
constexpr std::array<BandwidthRow, 8> kBandwidth = {
    {{16, 5000}, {24, 8500}, {32, 11000}, {48, 16000}, {64, 18000}, {80, 18500}, {96, 19500}, {128, 20000}}};
constexpr int kFullBandwidth = 20500;

int bandwidth_lines(const StreamFormat& format, int lowpass_hz) {
  const int hz = lowpass_hz > 0 ? lowpass_hz : default_lowpass_hz(format);
  return std::min(kLines, static_cast<int>(std::lround(hz * 1152.0 / format.rate_hz)));
}

std::unique_ptr<Reservoir> make_reservoir(const StreamFormat& format, const RateOptions& options) {
  if (options.method == RateMethod::kConstant)
    return std::make_unique<ConstantReservoir>(format, options.reservoir_bytes, options.crc);
  const BitrateRange range = options.range.most > 0 ? options.range : *bitrate_range(format, 0, 0);
  const double mean_kbps = options.method == RateMethod::kMean ? options.mean_kbps : 0.0;
  return std::make_unique<VariableReservoir>(format, range, mean_kbps, options.reservoir_bytes, options.crc);
}

}  // namespace

struct RateLoop::Workspace {
  Workspace(const StreamFormat& format, int bandwidth_lines)
      : long_plan(format, BandLayout::long_bands(format), false, bandwidth_lines),
        short_plan(format, BandLayout::short_bands(format), true, bandwidth_lines) {}

  BandPlan long_plan;
  BandPlan short_plan;
  std::array<GranuleCoder, kMaxGranules * kMaxChannels> coder;
  int count = 0;
  float demand = 0.0f;
  bool silent = true;
};

int default_lowpass_hz(const StreamFormat& format) {
  const int per_channel = format.bitrate_kbps / format.channels;
  int hz = kFullBandwidth;
  for (auto row = kBandwidth.rbegin(); row != kBandwidth.rend(); ++row)
    if (per_channel <= row->kbps_per_channel) hz = row->hz;
  return std::min(hz, format.rate_hz / 2);
}

int reservoir_limit(const StreamFormat& format, const RateOptions& options) {
  return make_reservoir(format, options)->limit_bytes();
}

RateLoop::RateLoop(const StreamFormat& format, const RateOptions& options)
    : format_(format),
      reservoir_(make_reservoir(format, options)),
      restart_frames_(options.restart_frames),
      log_slope_(kUsualSlope),
      quality_(options.quality),
      work_(std::make_unique<Workspace>(format, bandwidth_lines(format, options.lowpass_hz))) {}

RateLoop::~RateLoop() = default;

void RateLoop::reset() {
  reservoir_->reset();
  frames_since_restart_ = 0;
  latest_ = {};
}

void RateLoop::load(const AnalysedFrame& in) {
  work_->count = 0;
  work_->demand = 0.0f;
  work_->silent = true;
  for (int gr = 0; gr < format_.granules(); ++gr)
    for (int ch = 0; ch < format_.channels; ++ch) {
      const AnalysedGranule& granule = in.granule[gr][ch];
      const bool short_block = granule.spectrum.type == BlockType::kShort;
      const Companded* const companded = in.has_companded ? &in.companded[gr][ch] : nullptr;
      work_->coder[work_->count++].load(format_, short_block ? work_->short_plan : work_->long_plan, granule,
                                        companded);
      work_->demand += granule.entropy;
      work_->silent = work_->silent && work_->coder[work_->count - 1].silent();
    }
}

int RateLoop::encode_at(float offset, QuantizedFrame& out) {
  int bits = 0;
  for (int i = 0; i < work_->count; ++i) {
    GranuleCoder& coder = work_->coder[i];
    QuantizedGranule& granule = out.granule[i / format_.channels][i % format_.channels];
    granule.scfsi = 0;
    bits += coder.encode(offset, granule);
  }
  return bits;
}

// Where the search begins: the latest frame's offset, moved by what the new one's demand and target let expect.
float RateLoop::first_offset(float target_bits) const {
  if (latest_.bits <= 0.0f || latest_.demand <= 0.0f || work_->demand <= 0.0f) return offset_;
  const float expected =
      log2_of(latest_.bits / target_bits) + kDemandExponent * log2_of(work_->demand / latest_.demand);
  return std::clamp(offset_ + std::clamp(expected / log_slope_, -kFarthest, kFarthest), kMinOffset, kMaxOffset);
}

// Secant search on the common offset, between brackets, on the logarithm of the bits, which is nearly straight.
// Returns the bits of the frame left in `out`, at most budget.max_bits.
int RateLoop::search(const Reservoir::Budget& budget, QuantizedFrame& out) {
  const float target = static_cast<float>(std::max(budget.target_bits, 1));
  float low = kMinOffset;   // too many bits
  float high = kMaxOffset;  // few enough
  float offset = first_offset(target);
  float before = 0.0f;  // offset and log2 of bits over target of the pass before
  float miss_before = 0.0f;
  for (int pass = 1;; ++pass) {
    const int bits = encode_at(offset, out);
    const bool near = std::abs(bits - budget.target_bits) <= std::max(static_cast<int>(budget.tolerance * target), 8);
    const bool done = near || pass >= kMaxPasses || offset <= kMinOffset;
    if (done && bits <= budget.max_bits) {
      offset_ = offset;
      latest_ = {static_cast<float>(bits), work_->demand};
      return bits;
    }
    const float miss = log2_of(static_cast<float>(std::max(bits, 1)) / target);
    if (pass > 1 && offset != before) {
      const float slope = (miss_before - miss) / (offset - before);
      log_slope_ = std::clamp(slope, kLeastSlope, kLargestSlope);
    }
    before = offset;
    miss_before = miss;
    (bits > budget.target_bits ? low : high) = offset;
    float next = offset + miss / log_slope_;
    if (pass >= kMaxPasses)
      next = offset + static_cast<float>(pass - kMaxPasses + 1);  // certain to end: at kMaxOffset nothing is coded
    else if (next <= low || next >= high)
      next = 0.5f * (low + high);
    offset = std::clamp(next, kMinOffset, kMaxOffset);
  }
}

// Returns the bits of the frame in `out`.
int RateLoop::encode_within(const Reservoir::Budget& budget, QuantizedFrame& out) {
  if (work_->silent) return encode_at(offset_, out);
  if (budget.target_bits != Reservoir::kAsNeeded) return search(budget, out);
  offset_ = vbr_offset(quality_, work_->demand / static_cast<float>(work_->count));
  const int bits = encode_at(offset_, out);
  return bits <= budget.max_bits ? bits : search({budget.max_bits, budget.max_bits}, out);
}

// The bank is spent over a few frames before the one that must stand alone, which is cheaper than in one.
void RateLoop::schedule_restart() {
  if (restart_frames_ == 0) return;
  if (reservoir_->banked_bytes() == 0) frames_since_restart_ = 0;
  const int ahead = std::min(kRestartAhead, restart_frames_);
  if (frames_since_restart_ == restart_frames_ - ahead) reservoir_->request_restart(ahead);
  ++frames_since_restart_;
}

void RateLoop::encode(const AnalysedFrame& in, QuantizedFrame& out) {
  out.mid_side = in.mid_side;
  load(in);
  schedule_restart();
  const Reservoir::Budget budget = reservoir_->open(work_->demand);
  int bits = encode_within(budget, out);
  for (int i = 0; i < work_->count; ++i)
    work_->coder[i].finish(out.granule[i / format_.channels][i % format_.channels]);
  for (int ch = 0; ch < format_.channels && format_.granules() == 2; ++ch) {
    bits -= out.granule[1][ch].part2_3_length;
    share_scalefactors(format_, out.granule[0][ch], out.granule[1][ch]);
    bits += out.granule[1][ch].part2_3_length;
  }
  const Reservoir::Closing closing = reservoir_->close(bits);
  out.bitrate_index = static_cast<std::uint8_t>(closing.bitrate_index);
  out.padding = closing.padding;
  out.main_data_begin = static_cast<std::uint16_t>(closing.main_data_begin);
  out.stuffing_bits = static_cast<std::uint32_t>(closing.stuffing_bits);
}

}  // namespace sluice::mp3
