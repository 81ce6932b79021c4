#include "nodes/speech/moonshine.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>

#include "nodes/speech/kernels/repetition.h"
#include "nodes/speech/models.h"

namespace sluice::speech {
namespace {

using Shape = std::array<std::int64_t, 4>;

// log(sum(exp(x))), by the largest so that nothing overflows.
float log_sum_exp(std::span<const float> x) {
  const float largest = std::ranges::max(x);
  float sum = 0;
  for (const float value : x) sum += std::exp(value - largest);
  return largest + std::log(sum);
}

// [batch, heads, positions, dimensions] with no position yet.
Shape empty_cache(const std::vector<std::int64_t>& declared) {
  return {1, declared[1], 0, declared[3]};
}

// The first `length` positions of a cache of shape [1, heads, positions, dimensions].
Tensor first_positions(const Tensor& cache, std::int64_t length) {
  const std::vector<std::int64_t> from = cache.shape();
  if (from[2] == length) return {};
  Tensor cut = Tensor::floats(Shape{1, from[1], length, from[3]});
  const auto source = cache.as_floats();
  const auto target = cut.as_floats();
  const auto row = static_cast<std::size_t>(length * from[3]), stride = static_cast<std::size_t>(from[2] * from[3]);
  for (std::size_t head = 0; head < static_cast<std::size_t>(from[1]); ++head)
    std::copy_n(source.begin() + static_cast<std::ptrdiff_t>(head * stride), row,
                target.begin() + static_cast<std::ptrdiff_t>(head * row));
  return cut;
}

constexpr std::string_view kPast = "past_key_values.";

}  // namespace

// One utterance in the decoder: its key-value cache, and what has been said so far.
class Moonshine::Decoding {
 public:
  Decoding(const Moonshine& model, Tensor encoded, const DecodeOptions& options, std::size_t most)
      : model_(model), options_(options), encoded_(std::move(encoded)), most_(most) {
    if (options.hotwords) hotwords_ = options.hotwords;
    const std::vector<std::string>& inputs = model.decoder_->inputs();
    for (std::size_t n = 0; n < inputs.size(); ++n) {
      if (!inputs[n].starts_with(kPast)) continue;
      past_names_.push_back(&inputs[n]);
      past_.push_back(Tensor::floats(empty_cache(model.decoder_->input_shape(n))));
    }
    for (const std::string& name : model.decoder_->outputs()) output_names_.push_back(name.c_str());
  }

  Result<Hypothesis> run() {
    if (const Status status = check_guess(); !status) return std::unexpected(status.error());
    while (!ended_ && said_.tokens.size() < most_ && !cancelled()) {
      const int last = said_.tokens.back();
      const auto logits = step(std::span(&last, 1), true);
      if (!logits) return std::unexpected(logits.error());
      say(*logits, 0);
    }
    said_.complete = ended_ && !looped_;
    return std::move(said_);
  }

 private:
  bool cancelled() const { return options_.cancel && options_.cancel->load(std::memory_order_relaxed); }

  // Runs begin and guess as one sequence; keeps what the decoder would have said itself, and its first other word.
  Status check_guess() {
    std::vector<int> sequence{Vocabulary::kBegin};
    const std::size_t guessed = std::min(options_.guess.size(), most_);
    sequence.insert(sequence.end(), options_.guess.begin(),
                    options_.guess.begin() + static_cast<std::ptrdiff_t>(guessed));
    const auto logits = step(sequence, false);
    if (!logits) return logits.error();
    std::size_t position = 0;
    do say(*logits, position);
    while (!ended_ && position < guessed && said_.tokens.back() == options_.guess[position] && ++position <= guessed &&
           said_.tokens.size() < most_);
    keep_positions(std::min(position, guessed) + 1);
    return {};
  }

  // The decoder on `tokens`; [tokens][vocabulary] logits.
  Result<Tensor> step(std::span<const int> tokens, bool cached) {
    Tensor ids = Tensor::integers(std::array<std::int64_t, 2>{1, static_cast<std::int64_t>(tokens.size())});
    std::ranges::copy(tokens, ids.as_integers().begin());
    const Tensor branch = Tensor::boolean(cached);
    std::vector<NamedTensor> inputs{
        {"input_ids", &ids}, {"encoder_hidden_states", &encoded_}, {"use_cache_branch", &branch}};
    for (std::size_t n = 0; n < past_.size(); ++n) inputs.push_back({past_names_[n]->c_str(), &past_[n]});
    auto outputs = model_.decoder_->run(inputs, output_names_);
    if (!outputs) return std::unexpected(outputs.error());
    return take_cache(std::move(*outputs), cached);
  }

  // Outputs are the logits and "present.*", in the order of the inputs "past_key_values.*". With the cache, those of
  // the encoder's keys come out empty.
  Tensor take_cache(std::vector<Tensor> outputs, bool cached) {
    for (std::size_t n = 0; n < past_.size(); ++n)
      if (!cached || past_names_[n]->find(".decoder.") != std::string::npos) past_[n] = std::move(outputs[n + 1]);
    return std::move(outputs[0]);
  }

  void keep_positions(std::size_t length) {
    for (std::size_t n = 0; n < past_.size(); ++n)
      if (past_names_[n]->find(".decoder.") != std::string::npos)
        if (Tensor cut = first_positions(past_[n], static_cast<std::int64_t>(length))) past_[n] = std::move(cut);
  }

  // The best token of one row of logits becomes part of what is said, or its end.
  void say(const Tensor& logits, std::size_t row) {
    const std::size_t vocabulary = static_cast<std::size_t>(logits.shape().back());
    const auto scores = logits.as_floats().subspan(row * vocabulary, vocabulary);
    const int token = hotwords_->best(scores, state_);
    if (token == Vocabulary::kEnd) {
      ended_ = true;
      return;
    }
    state_ = hotwords_->after(state_, token);
    said_.tokens.push_back(token);
    if (options_.confidences) said_.log_probs.push_back(scores[static_cast<std::size_t>(token)] - log_sum_exp(scores));
    const std::size_t kept = without_loop(said_.tokens);
    if (kept == said_.tokens.size()) return;
    ended_ = looped_ = true;
    said_.tokens.resize(kept);
    said_.log_probs.resize(std::min(kept, said_.log_probs.size()));
  }

  static inline const HotwordTree kNoHotwords{};

  const Moonshine& model_;
  const DecodeOptions& options_;
  const HotwordTree* hotwords_ = &kNoHotwords;
  const Tensor encoded_;  // [1][frames][width]
  const std::size_t most_;
  std::vector<const std::string*> past_names_;
  std::vector<const char*> output_names_;
  std::vector<Tensor> past_;  // [1][heads][positions][dimensions]
  HotwordTree::State state_;
  Hypothesis said_;
  bool ended_ = false, looped_ = false;
};

Status Moonshine::check_networks(const std::string& folder) const {
  std::size_t caches = 0;
  bool shaped = encoder_->inputs().size() == 1 && !encoder_->outputs().empty();
  const std::vector<std::string>& inputs = decoder_->inputs();
  for (std::size_t n = 0; n < inputs.size(); ++n) {
    if (!inputs[n].starts_with(kPast)) continue;
    ++caches;
    const std::vector<std::int64_t> shape = decoder_->input_shape(n);
    shaped = shaped && shape.size() == 4 && shape[1] > 0 && shape[3] > 0;
  }
  if (shaped && caches > 0 && decoder_->outputs().size() == 1 + caches) return {};
  return Error{"model", fmt::format("the networks in {} are not Moonshine's encoder and merged decoder", folder)};
}

Result<std::shared_ptr<const Moonshine>> Moonshine::load(const std::string& folder) {
  const auto error = [](std::string message) { return std::unexpected(Error{"model", std::move(message)}); };
  std::shared_ptr<Moonshine> model(new Moonshine);
  for (const auto& [file, network] :
       {std::pair{"encoder.onnx", &model->encoder_}, {"decoder.onnx", &model->decoder_}}) {
    const std::string path = folder + "/" + file;
    if (!std::ifstream(path)) return error(fmt::format("there is no {}; {}", path, how_to_fetch()));
    auto loaded = OnnxModel::load(path);
    if (!loaded) return std::unexpected(loaded.error());
    *network = std::move(*loaded);
  }
  if (const Status status = model->check_networks(folder); !status) return std::unexpected(status.error());
  std::ifstream file(folder + "/tokens.txt");
  const std::string lines{std::istreambuf_iterator<char>(file), {}};
  auto vocabulary = Vocabulary::parse(lines);
  if (!vocabulary) return error(fmt::format("{}/tokens.txt is missing or damaged; {}", folder, how_to_fetch()));
  model->vocabulary_ = std::make_unique<Vocabulary>(std::move(*vocabulary));
  return model;
}

Result<Hypothesis> Moonshine::decode(std::span<const float> audio, const DecodeOptions& options) const {
  const double duration_s = static_cast<double>(audio.size()) / kRate;
  if (duration_s < kShortest) return Hypothesis{.tokens = {}, .log_probs = {}, .complete = true};
  Tensor samples = Tensor::floats(std::array<std::int64_t, 2>{1, static_cast<std::int64_t>(audio.size())});
  std::ranges::copy(audio, samples.as_floats().begin());
  const NamedTensor input{encoder_->inputs()[0].c_str(), &samples};
  const std::array<const char*, 1> output{encoder_->outputs()[0].c_str()};
  auto encoded = encoder_->run(std::span(&input, 1), output);
  if (!encoded) return std::unexpected(encoded.error());
  const auto most = static_cast<std::size_t>(std::ceil(duration_s * kTokensPerSecond)) + 1;
  return Decoding(*this, std::move((*encoded)[0]), options, most).run();
}

}  // namespace sluice::speech
