#include "tools/sluice-score/scoring.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "nodes/text/kernels/characters.h"

namespace sluice::score {
namespace {

using nlohmann::json;

std::vector<std::uint32_t> characters_of(const std::vector<std::string>& words) {
  std::vector<std::uint32_t> characters;
  for (std::string_view word : words)
    while (!word.empty()) {
      const text::Character character = text::first_character(word);
      characters.push_back(character.code);
      word.remove_prefix(character.bytes);
    }
  return characters;
}

// Words as numbers, equal ones the same.
class Numbering {
 public:
  std::vector<std::uint32_t> operator()(const std::vector<std::string>& words) {
    std::vector<std::uint32_t> numbers;
    for (const std::string& word : words)
      numbers.push_back(numbers_.try_emplace(word, static_cast<std::uint32_t>(numbers_.size())).first->second);
    return numbers;
  }

 private:
  std::map<std::string, std::uint32_t> numbers_;
};

Status score_words(UtteranceScore& utterance) {
  const std::vector<std::uint32_t> reference = characters_of(utterance.reference);
  const std::vector<std::uint32_t> hypothesis = characters_of(utterance.hypothesis);
  if ((reference.size() + 1) * (hypothesis.size() + 1) > kMaxPairs)
    return Error{utterance.name, "is too long to be aligned: cut reference and hypothesis into utterances"};
  Numbering numbered;
  utterance.edits = align(numbered(utterance.reference), numbered(utterance.hypothesis));
  utterance.words = count(utterance.edits);
  utterance.characters = count(align(reference, hypothesis));
  return {};
}

void pad(std::string& line, int columns) {
  line.append(static_cast<std::size_t>(std::max(0, columns - text::columns_of(line))), ' ');
}

json to_json(const Counts& words, const Counts& characters) {
  return {{"wer", words.rate()},
          {"cer", characters.rate()},
          {"substitutions", words.substitutions},
          {"deletions", words.deletions},
          {"insertions", words.insertions},
          {"correct", words.correct},
          {"reference_words", words.reference()},
          {"reference_characters", characters.reference()}};
}

Error unknown_utterance(std::string_view name) {
  if (name.empty()) return {"HYP", "is one text without names, and REF has utterances: write lines of NAME<TAB>TEXT"};
  return {std::string(name), "is an utterance of HYP that REF does not have"};
}

}  // namespace

Result<Score> score_transcripts(const std::vector<Utterance>& reference, const std::vector<Utterance>& hypothesis,
                                Normalisation normalisation, const Equal& equal) {
  std::map<std::string_view, std::string_view> recognised;
  for (const auto& [name, text] : hypothesis) recognised[name] = text;
  Score score;
  for (const auto& [name, text] : reference) {
    const auto found = recognised.find(name);
    UtteranceScore utterance{.name = name,
                             .reference = normalised_words(text, normalisation, equal),
                             .hypothesis = {},
                             .edits = {},
                             .words = {},
                             .characters = {},
                             .missing = found == recognised.end()};
    if (!utterance.missing) {
      utterance.hypothesis = normalised_words(found->second, normalisation, equal);
      recognised.erase(found);
    }
    if (Status status = score_words(utterance); !status) return std::unexpected(status.error());
    score.words += utterance.words;
    score.characters += utterance.characters;
    score.wrong_utterances += utterance.words.errors() > 0 ? 1 : 0;
    score.utterances.push_back(std::move(utterance));
  }
  if (!recognised.empty()) return std::unexpected(unknown_utterance(recognised.begin()->first));
  return score;
}

std::string diff_text(const UtteranceScore& utterance) {
  std::string reference = "REF: ", hypothesis = "HYP: ", evaluation = "     ";
  std::size_t r = 0, h = 0;
  for (const Edit edit : utterance.edits) {
    if (edit == Edit::insertion)
      reference += std::string(static_cast<std::size_t>(text::columns_of(utterance.hypothesis[h])), '*');
    else
      reference += utterance.reference[r];
    if (edit == Edit::deletion)
      hypothesis += std::string(static_cast<std::size_t>(text::columns_of(utterance.reference[r])), '*');
    else
      hypothesis += utterance.hypothesis[h];
    evaluation += edit == Edit::correct ? ' ' : edit == Edit::substitution ? 'S' : edit == Edit::deletion ? 'D' : 'I';
    r += edit != Edit::insertion ? 1 : 0;
    h += edit != Edit::deletion ? 1 : 0;
    const int end = std::max(text::columns_of(reference), text::columns_of(hypothesis)) + 1;
    for (std::string* line : {&reference, &hypothesis, &evaluation}) pad(*line, end);
  }
  std::string all;
  for (std::string* line : {&reference, &hypothesis, &evaluation}) {
    line->erase(line->find_last_not_of(' ') + 1);
    all += *line + '\n';
  }
  return all;
}

std::string to_json(const Score& score, Normalisation normalisation) {
  json object = to_json(score.words, score.characters);
  object["utterances"] = score.utterances.size();
  object["wrong_utterances"] = score.wrong_utterances;
  object["normalisation"] = describe(normalisation);
  object["per_utterance"] = json::array();
  for (const UtteranceScore& utterance : score.utterances) {
    json one = to_json(utterance.words, utterance.characters);
    one["name"] = utterance.name;
    if (utterance.missing) one["missing"] = true;
    object["per_utterance"].push_back(std::move(one));
  }
  return object.dump(2, ' ', false, json::error_handler_t::replace);
}

}  // namespace sluice::score
