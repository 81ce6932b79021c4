// Voice activity detection by Silero VAD v4 (MIT; a small LSTM on 32 ms frames at 16 kHz), and the utterances that
// follow from it (kernels/speech_gate.h). The network runs on ONNX Runtime: one copy for all streams, a state of 1 KiB
// each, which begins anew after each utterance: where one begins and ends depends on what was heard since the last one,
// not on hours before. (sherpa-onnx has a detector around the same network; it tells neither probabilities nor the
// frames before an onset.) Delay: one frame, and for the frames before an onset `pre_roll` and its confirmation.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <memory>
#include <numeric>

#include "engine/node/node.h"
#include "nodes/speech/kernels/speech_gate.h"
#include "nodes/speech/models.h"
#include "nodes/speech/onnx.h"
#include "nodes/speech/payloads.h"
#include "nodes/speech/speech_input.h"

namespace sluice::speech {
namespace {

constexpr std::array<std::int64_t, 3> kStateShape{2, 1, 64};  // of h and of c: layers, batch, units

std::size_t frames_of(double duration_s) {
  return static_cast<std::size_t>(std::lround(duration_s / kFrameSeconds));
}

// The network with the state of one stream.
class Silero {
 public:
  static Result<Silero> load(const std::string& path) {
    auto model = OnnxModel::load(path);
    if (!model) return std::unexpected(model.error());
    for (const char* const name : {"input", "sr", "h", "c"})
      if (std::ranges::find((*model)->inputs(), name) == (*model)->inputs().end())
        return std::unexpected(
            Error{"model", fmt::format("{} is not Silero VAD version 4: it has no input '{}'", path, name)});
    return Silero(std::move(*model));
  }

  void reset() {
    for (Tensor* const state : {&h_, &c_}) {
      *state = Tensor::floats(kStateShape);
      std::ranges::fill(state->as_floats(), 0.0f);
    }
  }

  // The probability of speech in the next frame.
  Result<float> push(std::span<const float> frame) {
    std::ranges::copy(frame, input_.as_floats().begin());
    const std::array<NamedTensor, 4> inputs{{{"input", &input_}, {"sr", &rate_}, {"h", &h_}, {"c", &c_}}};
    constexpr std::array<const char*, 3> kOutputs{"output", "hn", "cn"};
    auto outputs = model_->run(inputs, kOutputs);
    if (!outputs) return std::unexpected(outputs.error());
    h_ = std::move((*outputs)[1]);
    c_ = std::move((*outputs)[2]);
    return (*outputs)[0].as_floats()[0];
  }

 private:
  explicit Silero(std::shared_ptr<OnnxModel> model) : model_(std::move(model)) {
    input_ = Tensor::floats(std::array<std::int64_t, 2>{1, kFrameSamples});
    rate_ = Tensor::integers(std::array<std::int64_t, 1>{1});
    rate_.as_integers()[0] = static_cast<std::int64_t>(kSpeechRate);
    reset();
  }

  std::shared_ptr<OnnxModel> model_;
  Tensor input_, rate_, h_, c_;
};

class VadSilero final : public Node {
 public:
  In<float> in{*this, "in", "audio, 16 kHz mono"};
  Out<SpeechFrame> out{*this, "out", "frames of utterances, marked where each begins and ends"};
  Param<std::string> model{
      *this, "model", {.default_value = "silero-vad/silero_vad.onnx", .doc = "a file, or one in the folder of models"}};
  Param<double> threshold{
      *this,
      "threshold",
      {.default_value = 0.5, .min = 0.05, .max = 0.95, .doc = "probability from which a frame is speech"}};
  Param<double> pre_roll{*this,
                         "pre_roll",
                         {.unit = "s",
                          .default_value = 0.3,
                          .min = 0,
                          .max = 2,
                          .doc = "audio before the onset that belongs to an utterance: no first word is clipped"}};
  Param<double> end_silence{*this,
                            "end_silence",
                            {.unit = "s",
                             .default_value = 0.5,
                             .min = 0.1,
                             .max = 5,
                             .doc = "silence that ends an utterance; half of it when that has become long"}};
  Param<double> longest{
      *this,
      "longest",
      {.unit = "s", .default_value = 12, .min = 2, .max = 30, .doc = "then an utterance is cut where it is quietest"}};
  Counter utterances{*this, "utterances", "utterances that have begun"};
  Counter speech{*this, "speech_s", "seconds that were given on"};

  Traits traits() const override { return {.realtime = false}; }

  Format accepted(const InPort& port) const override { return as_speech(port.format()); }

  Status configure() override {
    if (const Status status = expect_speech(in.format()); !status) return status;
    out.set_spec({.media = std::string(SpeechFrame::kMedia), .codec = "", .rate_hz = kSpeechRate, .channels = 1},
                 kFrameSamples);
    const GateSettings settings = gate_settings();
    set_delay(static_cast<double>((settings.pre_roll + settings.confirm) * kFrameSamples), kSpeechRate);
    return {};
  }

  Status prepare() override {
    const auto path = find_model(model.value(), "model");
    if (!path) return path.error();
    auto silero = Silero::load(*path);
    if (!silero) return silero.error();
    silero_ = std::make_unique<Silero>(std::move(*silero));
    const GateSettings settings = gate_settings();
    gate_ = std::make_unique<SpeechGate>(settings);
    longest_wait_ = settings.pre_roll + settings.confirm;
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef block = in.next()) {
      if (in.gap()) begin_afresh();
      const auto samples = std::as_const(*block).channel(0);
      for (std::size_t n = 0; n < samples.size();) {
        if (filled_ == 0) stamp(block->header, n);
        const std::size_t count = std::min(kFrameSamples - filled_, samples.size() - n);
        std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(n), count,
                    samples_.begin() + static_cast<std::ptrdiff_t>(filled_));
        filled_ += count;
        n += count;
        if (filled_ == kFrameSamples) take_frame();
      }
    }
  }

  void flush() REALTIME override {
    if (filled_ == 0) return;
    std::fill(samples_.begin() + static_cast<std::ptrdiff_t>(filled_), samples_.end(), 0.0f);
    take_frame();
  }

 private:
  GateSettings gate_settings() const {
    const GateSettings defaults;
    return {.onset = static_cast<float>(threshold),
            .release = std::max(0.05f, static_cast<float>(threshold) - (defaults.onset - defaults.release)),
            .confirm = defaults.confirm,
            .pre_roll = frames_of(pre_roll),
            .end_silence = frames_of(end_silence),
            .quick_end = std::max<std::size_t>(frames_of(end_silence / 2), 1),
            .longest = frames_of(longest),
            .search = frames_of(longest / 4)};
  }

  void stamp(const BlockHeader& header, std::size_t offset) {
    const auto at = static_cast<std::int64_t>(offset);
    position_ = header.position + at;
    captured_ = header.capture_time + frames_to_duration(static_cast<double>(at), kSpeechRate);
  }

  // What was lost is not made up for: an utterance ends at the gap, which the next frame shows.
  void begin_afresh() {
    recent_.clear();
    gate_->reset();
    silero_->reset();
    filled_ = 0;
    gap_ = true;
  }

  void take_frame() {
    filled_ = 0;
    const auto probability = silero_->push(samples_);
    if (!probability) return fail(probability.error().text());
    const float power = std::inner_product(samples_.begin(), samples_.end(), samples_.begin(), 0.0f) / kFrameSamples;
    const GateEvent event = gate_->push(*probability, power);
    if (event.ends && event.cut_back == 0) silero_->reset();
    recent_.push_back(frame_block(*probability, event));
    if (!event.speech) {
      if (recent_.size() > longest_wait_) recent_.pop_front();
      return;
    }
    while (recent_.size() > event.before + 1) recent_.pop_front();
    if (event.begins) {
      utterances.add();
      recent_.front()->as<SpeechFrame>().begins = true;
    }
    for (BlockRef& block : recent_) give(std::move(block));
    recent_.clear();
  }

  BlockRef frame_block(float probability, const GateEvent& event) {
    BlockRef block = out.take();
    SpeechFrame& frame = block->as<SpeechFrame>();
    std::ranges::copy(samples_, frame.samples);
    frame.probability = probability;
    frame.silence_s = static_cast<float>(static_cast<double>(event.silence) * kFrameSeconds);
    frame.begins = false;
    frame.ends = event.ends;
    frame.cut_back = static_cast<std::uint32_t>(event.cut_back);
    block->header.capture_time = captured_;
    block->header.position = position_;
    block->header.frames = kFrameSamples;
    return block;
  }

  void give(BlockRef block) {
    block->header.flags = std::exchange(gap_, false) ? kDiscontinuity : 0u;
    speech.add(kFrameSeconds);
    out.emit(std::move(block));
  }

  std::unique_ptr<Silero> silero_;
  std::unique_ptr<SpeechGate> gate_;
  std::array<float, kFrameSamples> samples_{};  // of the frame that is being filled
  std::size_t filled_ = 0;
  std::int64_t position_ = 0;  // of its first sample
  Time captured_{};
  std::deque<BlockRef> recent_;  // frames that an onset would take in
  std::size_t longest_wait_ = 0;
  bool gap_ = false;
};

}  // namespace

REGISTER_NODE(VadSilero, "vad.silero", "finds speech with Silero VAD: the frames of utterances, with their ends marked")

}  // namespace sluice::speech
