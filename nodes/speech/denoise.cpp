// Takes noise out of speech: sherpa-onnx's streaming enhancement with GTCRN (Rong et al., ICASSP 2024) or DPDFNet, at
// 16 kHz. Delay: the overlap of GTCRN's frames (512 samples, a new one every 256).
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include "engine/node/node.h"
#include "nodes/speech/payloads.h"
#include "nodes/speech/sherpa_config.h"
#include "nodes/speech/speech_input.h"

namespace sluice::speech {
namespace {

#ifdef SLUICE_SPEECH

// One stream's denoiser.
class Denoiser {
 public:
  static Result<Denoiser> load(const std::string& settings, const std::string& where) {
    auto read = read_sherpa_settings(settings, where);
    if (!read) return std::unexpected(read.error());
    const auto config = check_denoiser(std::move(*read), where);
    if (!config) return std::unexpected(config.error());
    const auto api = SherpaApi::load();
    if (!api) return std::unexpected(api.error());
    const auto refused = [&](std::string_view why) {
      return std::unexpected(
          Error{where, fmt::format("sherpa-onnx cannot load this {} model: {}", config->family, why)});
    };
    try {
      Handle handle((*api)->CreateOnlineSpeechDenoiser(&config->config), (*api)->DestroyOnlineSpeechDenoiser);
      if (!handle) return refused("what it finds wrong is on standard error");
      const auto rate = (*api)->OnlineSpeechDenoiserGetSampleRate(handle.get());
      if (rate != static_cast<std::int32_t>(kSpeechRate)) return refused(fmt::format("it works at {} Hz", rate));
      return Denoiser(**api, std::move(handle));
    } catch (const std::exception& error) {
      return refused(error.what());
    }
  }

  void reset() { api_->OnlineSpeechDenoiserReset(handle_.get()); }

  // Appends what becomes of `samples`, as far as it is known yet.
  void push(std::span<const float> samples, std::vector<float>& clean) {
    append(api_->OnlineSpeechDenoiserRun(handle_.get(), samples.data(), static_cast<std::int32_t>(samples.size()),
                                         static_cast<std::int32_t>(kSpeechRate)),
           clean);
  }
  void flush(std::vector<float>& clean) { append(api_->OnlineSpeechDenoiserFlush(handle_.get()), clean); }

 private:
  using Handle = std::unique_ptr<const SherpaOnnxOnlineSpeechDenoiser, void (*)(const SherpaOnnxOnlineSpeechDenoiser*)>;

  Denoiser(const SherpaApi& api, Handle handle) : api_(&api), handle_(std::move(handle)) {}

  void append(const SherpaOnnxDenoisedAudio* audio, std::vector<float>& clean) {
    if (!audio) return;
    clean.insert(clean.end(), audio->samples, audio->samples + audio->n);
    api_->DestroyDenoisedAudio(audio);
  }

  const SherpaApi* api_;
  Handle handle_;
};

#else

class Denoiser {
 public:
  static Result<Denoiser> load(const std::string&, const std::string& where) {
    return std::unexpected(Error{where, "this build has no sherpa-onnx; run `tools/setup models` and build again"});
  }
  void reset() {}
  void push(std::span<const float>, std::vector<float>&) {}
  void flush(std::vector<float>&) {}
};

#endif

class SpeechDenoise final : public Node {
 public:
  In<float> in{*this, "in", "audio, 16 kHz mono"};
  Out<float> out{*this, "out", "the same without noise"};
  Param<std::string> model{*this,
                           "model",
                           {.default_value = "gtcrn.model=gtcrn_simple.onnx",
                            .doc = "settings of a sherpa-onnx denoiser: gtcrn.model=FILE or dpdfnet.model=FILE"}};

  Traits traits() const override { return {.realtime = false}; }

  Format accepted(const InPort& port) const override { return as_speech(port.format()); }

  Status configure() override {
    constexpr double kOverlap = 512;  // samples
    if (const Status status = expect_speech(in.format()); !status) return status;
    out.set_spec(in.spec());
    set_delay(kOverlap, kSpeechRate);
    return {};
  }

  Status prepare() override {
    auto loaded = Denoiser::load(model.value(), "model");
    if (!loaded) return loaded.error();
    denoiser_ = std::make_unique<Denoiser>(std::move(*loaded));
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef block = in.next()) {
      const bool gap = in.gap();
      if (gap) {
        drain();
        denoiser_->reset();
      }
      if (gap || !begun_) begin(*block, gap);
      denoiser_->push(std::as_const(*block).channel(0), clean_);
      give();
    }
  }

  void flush() REALTIME override { drain(); }

 private:
  void begin(const Block& block, bool gap) noexcept {
    begun_ = true;
    gap_ = gap;
    position_ = block.header.position;
    captured_ = block.header.capture_time;
  }

  void drain() {
    if (!begun_) return;
    denoiser_->flush(clean_);
    give();
  }

  void give() {
    for (std::span<const float> rest = clean_; !rest.empty();) {
      const std::size_t most = std::min(rest.size(), static_cast<std::size_t>(in.spec().block_frames));
      BlockRef block = out.take(most);
      std::ranges::copy(rest.first(most), block->channel(0).begin());
      rest = rest.subspan(most);
      block->header.position = position_;
      block->header.capture_time = captured_;
      block->header.frames = static_cast<std::int64_t>(most);
      block->header.flags = std::exchange(gap_, false) ? kDiscontinuity : 0u;
      position_ += static_cast<std::int64_t>(most);
      captured_ += frames_to_duration(static_cast<double>(most), kSpeechRate);
      out.emit(std::move(block));
    }
    clean_.clear();
  }

  std::unique_ptr<Denoiser> denoiser_;
  std::vector<float> clean_;   // not given on yet
  std::int64_t position_ = 0;  // of its first sample
  Time captured_{};
  bool begun_ = false, gap_ = false;
};

}  // namespace

REGISTER_NODE(SpeechDenoise, "speech.denoise", "takes noise out of speech, with a model of sherpa-onnx")

}  // namespace sluice::speech
