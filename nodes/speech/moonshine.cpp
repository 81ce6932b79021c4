#include "nodes/speech/moonshine.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>

#include "nodes/speech/kernels/log_sum_exp.h"
#include "nodes/speech/kernels/repetition.h"
#include "nodes/speech/models.h"

namespace sluice::speech {
namespace {

using Shape = std::array<std::int64_t, 4>;

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
    while (!full() && !cancelled()) {
      const auto phrase = say_hotword();
      if (!phrase) return std::unexpected(phrase.error());
      if (*phrase) continue;
      say(own_choice());
      if (full()) break;
      if (const Status status = advance(said_.tokens.back()); !status) return std::unexpected(status.error());
    }
    said_.complete = ended_ && !looped_;
    return std::move(said_);
  }

 private:
  bool cancelled() const { return options_.cancel && options_.cancel->load(std::memory_order_relaxed); }
  bool full() const { return ended_ || said_.tokens.size() >= most_; }

  // Of the next token: the row of the last run's logits that matters.
  std::span<const float> scores() const {
    const std::size_t vocabulary = static_cast<std::size_t>(logits_.shape().back());
    return logits_.as_floats().subspan(row_ * vocabulary, vocabulary);
  }
  int own_choice() const {
    const auto all = scores();
    return static_cast<int>(std::ranges::max_element(all) - all.begin());
  }

  // Runs begin and guess as one sequence, and says as much of it as the decoder would have said itself.
  Status check_guess() {
    std::vector<int> sequence{Vocabulary::kBegin};
    const std::size_t guessed = std::min(options_.guess.size(), most_);
    const auto guess = options_.guess.first(guessed);
    sequence.insert(sequence.end(), guess.begin(), guess.end());
    auto logits = step(sequence, false);
    if (!logits) return logits.error();
    logits_ = std::move(*logits);
    while (said_.tokens.size() < guessed && !full()) {
      row_ = said_.tokens.size();
      const std::size_t agreed =
          std::max<std::size_t>(hotword_length(guess.subspan(row_)), own_choice() == guess[row_]);
      if (agreed == 0) break;
      for (const std::size_t end = row_ + agreed; row_ < end && !full(); ++row_) say(guess[row_]);
    }
    row_ = said_.tokens.size();
    keep_positions(row_ + 1);
    return {};
  }

  // Of a guess: how many of its first tokens are a hotword that was worth its cost.
  std::size_t hotword_length(std::span<const int> guess) {
    if (!options_.hotwords) return 0;
    std::size_t node = HotwordTree::kRoot, length = 0;
    float spent = 0;
    const std::size_t first = row_;
    for (std::size_t n = 0; n < guess.size(); ++n) {
      row_ = first + n;
      const auto taken = options_.hotwords->step(node, guess[n], scores());
      if (!taken || (spent += taken->cost) > options_.hotwords->budget(taken->node)) break;
      node = taken->node;
      if (options_.hotwords->own_budget(node) > 0 && spent <= options_.hotwords->own_budget(node)) length = n + 1;
    }
    row_ = first;
    return length;
  }

  // A hotword, where one is likely enough: the cheapest beginnings are tried to their ends.
  Result<bool> say_hotword() {
    constexpr std::size_t kTries = 2;
    if (!options_.hotwords) return false;
    for (const HotwordTree::Step& beginning : options_.hotwords->beginnings(scores(), kTries)) {
      const auto said = try_hotword(beginning);
      if (!said || *said) return said;
    }
    return false;
  }

  // Follows the tree from `at`, always the cheapest way; false, with all as it was, where no phrase comes to its end.
  Result<bool> try_hotword(HotwordTree::Step at) {
    const HotwordTree& tree = *options_.hotwords;
    const std::size_t before = said_.tokens.size();
    std::vector<int> tokens;
    std::size_t length = 0;  // of the longest phrase so far
    Tensor kept = std::move(logits_);
    const std::size_t kept_row = std::exchange(row_, 0);
    for (float spent = at.cost;; spent += at.cost) {
      tokens.push_back(at.token);
      if (const Status status = advance(at.token); !status) return std::unexpected(status.error());
      if (tree.own_budget(at.node) > 0 && spent <= tree.own_budget(at.node) && begins_word(own_choice()))
        length = tokens.size();
      const auto next = tree.continuation(at.node, scores());
      if (!next || spent + next->cost > tree.budget(next->node) || before + tokens.size() >= most_) break;
      at = *next;
    }
    logits_ = std::move(kept);
    row_ = kept_row;
    keep_positions(before + 1);
    tokens.resize(length);
    for (const int token : tokens) {
      say(token);
      if (full()) break;
      if (const Status status = advance(token); !status) return std::unexpected(status.error());
    }
    return length > 0;
  }

  // True where a word that stands before `token` is at its end.
  bool begins_word(int token) const {
    const std::string_view piece = model_.vocabulary().piece(token);
    return piece.empty() || !std::isalnum(static_cast<unsigned char>(piece.front()));
  }

  Status advance(int token) {
    auto logits = step(std::span(&token, 1), true);
    if (!logits) return logits.error();
    logits_ = std::move(*logits);
    row_ = 0;
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

  // A token becomes part of what is said, or its end.
  void say(int token) {
    if (token == Vocabulary::kEnd) {
      ended_ = true;
      return;
    }
    const auto all = scores();
    said_.tokens.push_back(token);
    if (options_.confidences) said_.log_probs.push_back(all[static_cast<std::size_t>(token)] - log_sum_exp(all));
    const std::size_t kept = without_loop(said_.tokens);
    if (kept == said_.tokens.size()) return;
    ended_ = looped_ = true;
    said_.tokens.resize(kept);
    said_.log_probs.resize(std::min(kept, said_.log_probs.size()));
  }

  const Moonshine& model_;
  const DecodeOptions& options_;
  const Tensor encoded_;  // [1][frames][width]
  const std::size_t most_;
  std::vector<const std::string*> past_names_;
  std::vector<const char*> output_names_;
  std::vector<Tensor> past_;  // [1][heads][positions][dimensions]
  Tensor logits_;             // [tokens][vocabulary], of the last run
  std::size_t row_ = 0;
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
