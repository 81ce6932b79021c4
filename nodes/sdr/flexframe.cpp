#include "nodes/sdr/flexframe.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <mutex>
#include <numbers>
#include <utility>

#include "nodes/sdr/kernels/energy_gate.h"
#include "nodes/sdr/liquid_dsp.h"
#include "nodes/sdr/ofdm_layout.h"

namespace sluice::sdr {
namespace {

constexpr std::array<modulation_scheme, 4> kSchemes{LIQUID_MODEM_BPSK, LIQUID_MODEM_QPSK, LIQUID_MODEM_QAM16,
                                                    LIQUID_MODEM_QAM64};  // by Modulation
constexpr unsigned kUserHead = 1;                                         // bytes of the head that are ours; not used
constexpr std::size_t kLookBack = 512;  // samples before the gate opened: the bursts' shoulders are weak
constexpr int kHang = 2;                // windows that it stays open behind a burst: the filters' delay

flexframegenprops_s head_props() {
  return {LIQUID_CRC_32, LIQUID_FEC_GOLAY2412, LIQUID_FEC_NONE, LIQUID_MODEM_BPSK};
}

flexframegen generator_of(void* generator) {
  return static_cast<flexframegen>(generator);
}

// liquid-dsp whitens a payload with these bytes, again and again (its scramble_data).
constexpr std::array<std::uint8_t, 4> kWhitening{0xB4, 0x6A, 0x8B, 0xC5};

void unwhiten(std::span<SoftBit> soft) noexcept {
  for (std::size_t n = 0; n < soft.size(); ++n)
    if (kWhitening[n / 8 % kWhitening.size()] >> (7 - n % 8) & 1) soft[n] = static_cast<SoftBit>(255 - soft[n]);
}

}  // namespace

FlexframeModulator::FlexframeModulator(Modulation modulation) {
  flexframegenprops_s props{LIQUID_CRC_NONE, LIQUID_FEC_NONE, LIQUID_FEC_NONE,
                            static_cast<unsigned>(kSchemes[static_cast<std::size_t>(modulation)])};
  flexframegen generator = flexframegen_create(&props);
  flexframegen_set_header_len(generator, kUserHead);
  flexframegenprops_s head = head_props();
  flexframegen_set_header_props(generator, &head);
  generator_ = generator;
}

FlexframeModulator::~FlexframeModulator() {
  flexframegen_destroy(generator_of(generator_));
}

std::span<const Sample> FlexframeModulator::frame(std::span<const std::uint8_t> air) {
  flexframegen generator = generator_of(generator_);
  flexframegen_reset(generator);
  air_.assign(air.begin(), air.end());  // liquid-dsp takes no pointer to const
  std::array<std::uint8_t, kUserHead> head{};
  flexframegen_assemble(generator, head.data(), air_.data(), static_cast<unsigned>(air_.size()));
  samples_.resize(flexframegen_getframelen(generator));
  flexframegen_write_samples(generator, samples_.data(), static_cast<unsigned>(samples_.size()));
  float energy = 0;
  for (const Sample x : samples_) energy += power(x);
  const float gain = std::sqrt(static_cast<float>(samples_.size()) / energy);
  for (Sample& x : samples_) x *= gain;
  return samples_;
}

struct FlexframeDemodulator::State {
  struct Frame {
    std::vector<SoftBit> soft;
    std::int64_t start = 0, samples = 0;
    FrameQuality quality;
  };

  State(float ratio, std::size_t most) : gate(ratio), max_bytes(most) {
    const std::lock_guard lock(fft_planner());
    receiver = flexframesync_create(&State::on_frame, this);
    flexframesync_set_header_len(receiver, kUserHead);
    flexframegenprops_s head = head_props();
    flexframesync_set_header_props(receiver, &head);
    flexframesync_decode_header_soft(receiver, 1);
    for (std::size_t k = 0; k < kSchemes.size(); ++k) modems[k] = modemcf_create(kSchemes[k]);
    FlexframeModulator one(Modulation::bpsk);
    const std::array<std::uint8_t, 1> byte{};
    overhead = static_cast<std::int64_t>(one.frame(byte).size()) - 2 * 8;
  }
  ~State() {
    const std::lock_guard lock(fft_planner());
    flexframesync_destroy(receiver);
    for (modemcf modem : modems) modemcf_destroy(modem);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void take(std::span<const Sample, EnergyGate::kWindow> window);
  void show(std::span<const Sample> samples);
  static int on_frame(unsigned char*, int head_valid, unsigned char*, unsigned bytes, int, framesyncstats_s stats,
                      void* user);
  void keep(const framesyncstats_s& stats, std::size_t bytes);

  EnergyGate gate;
  std::size_t max_bytes;
  flexframesync receiver;
  std::array<modemcf, kSchemes.size()> modems{};
  std::int64_t overhead = 0;  // samples of a frame besides the payload's symbols

  std::vector<Sample> waiting;  // samples that do not fill a window yet
  std::vector<Sample> past;     // the last of those that were not shown
  int hang = 0;                 // windows until the receiver is shown no more
  std::int64_t seen = 0;        // samples
  std::vector<Sample> shown;    // a copy: liquid-dsp takes no pointer to const
  std::deque<Frame> frames;
  Frame current;
  FrameCounts counts;
};

FlexframeDemodulator::FlexframeDemodulator(float gate, std::size_t max_bytes)
    : state_(std::make_unique<State>(gate, max_bytes)) {}
FlexframeDemodulator::~FlexframeDemodulator() = default;

const FrameCounts& FlexframeDemodulator::counts() const noexcept {
  return state_->counts;
}

void FlexframeDemodulator::push(std::span<const Sample> samples) {
  std::vector<Sample>& waiting = state_->waiting;
  waiting.insert(waiting.end(), samples.begin(), samples.end());
  std::size_t done = 0;
  for (; waiting.size() - done >= EnergyGate::kWindow; done += EnergyGate::kWindow)
    state_->take(std::span(waiting).subspan(done).first<EnergyGate::kWindow>());
  waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(done));
}

std::optional<SoftFrame> FlexframeDemodulator::next() noexcept {
  if (state_->frames.empty()) return {};
  State::Frame& frame = state_->current;
  frame = std::move(state_->frames.front());
  state_->frames.pop_front();
  return SoftFrame{.soft = frame.soft, .start = frame.start, .samples = frame.samples, .quality = frame.quality};
}

void FlexframeDemodulator::State::take(std::span<const Sample, EnergyGate::kWindow> window) {
  const bool closed = hang == 0;
  if (gate.open(window))
    hang = kHang;
  else if (hang > 0 && !flexframesync_is_frame_open(receiver))
    --hang;
  seen += static_cast<std::int64_t>(window.size());
  if (hang > 0) {
    if (closed) {
      flexframesync_reset(receiver);
      show(past);
      past.clear();
    }
    show(window);
    return;
  }
  past.insert(past.end(), window.begin(), window.end());
  if (past.size() > kLookBack) past.erase(past.begin(), past.end() - static_cast<std::ptrdiff_t>(kLookBack));
}

void FlexframeDemodulator::State::show(std::span<const Sample> samples) {
  shown.assign(samples.begin(), samples.end());
  flexframesync_execute(receiver, shown.data(), static_cast<unsigned>(shown.size()));
}

int FlexframeDemodulator::State::on_frame(unsigned char*, int head_valid, unsigned char*, unsigned bytes, int,
                                          framesyncstats_s stats, void* user) {
  State& self = *static_cast<State*>(user);
  if (head_valid && bytes > 0 && bytes <= self.max_bytes)
    self.keep(stats, bytes);
  else
    ++self.counts.bad_heads;
  return 0;
}

void FlexframeDemodulator::State::keep(const framesyncstats_s& stats, std::size_t bytes) {
  const auto scheme = std::ranges::find(kSchemes, static_cast<modulation_scheme>(stats.mod_scheme));
  if (scheme == kSchemes.end() || stats.num_framesyms * stats.mod_bps < 8 * bytes) {
    ++counts.bad_heads;
    return;
  }
  ++counts.frames;
  modemcf modem = modems[static_cast<std::size_t>(scheme - kSchemes.begin())];
  Frame frame;
  frame.soft.resize(std::size_t{stats.num_framesyms} * stats.mod_bps);
  for (std::size_t n = 0; n < stats.num_framesyms; ++n) {
    unsigned symbol = 0;
    modemcf_demodulate_soft(modem, stats.framesyms[n], &symbol, frame.soft.data() + n * stats.mod_bps);
  }
  frame.soft.resize(8 * bytes);
  unwhiten(frame.soft);
  frame.samples = overhead + 2 * static_cast<std::int64_t>(stats.num_framesyms);
  frame.start = std::max<std::int64_t>(0, seen - frame.samples);
  frame.quality = {.snr_db = -stats.evm, .evm_db = stats.evm, .cfo = stats.cfo / (2 * std::numbers::pi_v<float>)};
  frames.push_back(std::move(frame));
}

}  // namespace sluice::sdr
