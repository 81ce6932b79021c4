// sluice-score: how well a transcript matches its reference.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "apps/common/program.h"
#include "apps/common/run.h"
#include "tools/sluice-score/scoring.h"

namespace {

using namespace sluice;
using namespace sluice::score;

struct Arguments {
  std::string reference, hypothesis, equal;
  Normalisation normalisation = Normalisation::english;
  bool json = false, quiet = false;
};

void add_options(CLI::App& app, Arguments& arguments) {
  app.add_option("REF", arguments.reference, "what was said: lines of NAME<TAB>TEXT, or one text")->required();
  app.add_option("HYP", arguments.hypothesis, "what was recognised: lines with the same names, or one text")
      ->required();
  const std::map<std::string, Normalisation> names = {
      {"none", Normalisation::none}, {"basic", Normalisation::basic}, {"english", Normalisation::english}};
  std::string meanings = "what counts as the same";
  for (const auto& [name, value] : names) meanings += fmt::format("\n{}: {}", name, describe(value));
  app.add_option("--normalise,--normalize", arguments.normalisation, meanings)
      ->transform(CLI::CheckedTransformer(names, CLI::ignore_case).description(""))
      ->type_name("none|basic|english")
      ->default_str("english");
  app.add_option("--equal", arguments.equal, "file with lines of WORD<TAB>WORDS that are read as the same");
  app.add_flag("--json", arguments.json, "print one JSON object; rates are parts of 1");
  app.add_flag("-q,--quiet", arguments.quiet, "only the totals, no utterance by utterance");
}

void print_counts(const char* unit, const Counts& counts) {
  fmt::print("{}  {:6.2f} %   {} of {}: {} substituted, {} deleted, {} inserted\n", unit, 100 * counts.rate(),
             counts.errors(), counts.reference(), counts.substitutions, counts.deletions, counts.insertions);
}

void print_score(const Score& score, const Arguments& arguments) {
  for (const UtteranceScore& utterance : score.utterances) {
    if (arguments.quiet || utterance.words.errors() == 0) continue;
    fmt::print("{}{}{:.2f} %\n{}\n", utterance.name, utterance.missing ? " (not recognised)  " : "  ",
               100 * utterance.words.rate(), diff_text(utterance));
  }
  print_counts("WER", score.words);
  print_counts("CER", score.characters);
  fmt::print("{} of {} utterances have an error; compared: {}\n", score.wrong_utterances, score.utterances.size(),
             describe(arguments.normalisation));
}

Result<Score> score_files(const Arguments& arguments) {
  const auto reference = read_transcripts(arguments.reference);
  if (!reference) return std::unexpected(reference.error());
  const auto hypothesis = read_transcripts(arguments.hypothesis);
  if (!hypothesis) return std::unexpected(hypothesis.error());
  Result<Equal> equal = Equal{};
  if (!arguments.equal.empty()) equal = read_equal(arguments.equal, arguments.normalisation);
  if (!equal) return std::unexpected(equal.error());
  return score_transcripts(*reference, *hypothesis, arguments.normalisation, *equal);
}

int run(const Arguments& arguments) {
  const Result<Score> score = score_files(arguments);
  if (!score) {
    fmt::print(stderr, "error: {}\n", score.error().text());
    return apps::kBadUsage;
  }
  if (arguments.json)
    fmt::print("{}\n", to_json(*score, arguments.normalisation));
  else
    print_score(*score, arguments);
  return apps::kDone;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"sluice-score: word and character error rates of a transcript (sclite's alignment)."};
  app.set_version_flag("--version", "sluice-score " SLUICE_VERSION);
  Arguments arguments;
  add_options(app, arguments);
  return apps::run_program(app, argc, argv, [&] { return run(arguments); });
}
