#include "nodes/speech/sherpa_config.h"

#ifdef SLUICE_SPEECH

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "nodes/speech/kernels/model_files.h"
#include "nodes/speech/models.h"
#include "nodes/speech/sherpa_fields.h"

namespace sluice::speech {
namespace {

namespace fs = std::filesystem;

std::vector<std::string_view> split(std::string_view list, char separator) {
  std::vector<std::string_view> items;
  while (!list.empty()) {
    const std::string_view item = list.substr(0, list.find(separator));
    list.remove_prefix(std::min(list.size(), item.size() + 1));
    if (!item.empty()) items.push_back(item);
  }
  return items;
}

std::string_view family_of(std::string_view field) {
  return field.substr(0, field.find('.'));
}

// What the files of a configuration say about themselves.
struct Contents {
  std::map<std::string, OnnxEnvelope, std::less<>> networks;  // by field
  std::optional<TokenTable> tokens;
};

// One configuration on its way from settings to a structure. Faults are collected: each names its field.
template <class Config>
class Check {
 public:
  Check(SherpaTable<Config> table, SherpaSettings settings) : table_(std::move(table)) {
    checked_.settings = std::move(settings);
  }

  Result<SherpaConfig<Config>> run(const std::string& where) {
    for (auto& [key, value] : checked_.settings) check_setting(key, value);
    check_family();
    check_metadata();
    if constexpr (requires(Config c) { c.decoding_method; }) check_decoding();
    if constexpr (requires(Config c) { c.lm_config; }) check_offline_models();
    if constexpr (requires(Config c) { c.model.bpe_vocab; }) need("cnn_bilstm", "bpe_vocab");
    if (!faults_.empty()) return std::unexpected(Error{where, fmt::format("{}", fmt::join(faults_, "; "))});
    for (const SherpaField<Config>& field : table_.fields) fill(field);
    return std::move(checked_);
  }

 private:
  void fault(std::string_view field, std::string_view what) { faults_.push_back(fmt::format("{}: {}", field, what)); }

  const std::string* setting(std::string_view key) const {
    const auto found = checked_.settings.find(key);
    return found == checked_.settings.end() ? nullptr : &found->second;
  }

  const SherpaField<Config>* field_of(std::string_view key) const {
    const auto found = std::ranges::find(table_.fields, key, &SherpaField<Config>::name);
    return found == table_.fields.end() ? nullptr : &*found;
  }

  void check_setting(const std::string& key, std::string& value) {
    const SherpaField<Config>* const field = field_of(key);
    if (key.starts_with("enable_endpoint") || key.starts_with("rule1_") || key.starts_with("rule2_") ||
        key.starts_with("rule3_"))
      return fault(key, "where utterances end, vad.silero says: its end_silence and longest");
    if (!field) return fault(key, fmt::format("is no setting here; {}", known_of(family_of(key))));
    if (value.empty()) return fault(key, "has no value");
    switch (field->kind) {
      case SherpaKind::choice:
        return check_choice(*field, value);
      case SherpaKind::flag:
      case SherpaKind::whole:
        return check_number<std::int32_t>(*field, value);
      case SherpaKind::number:
        return check_number<float>(*field, value);
      case SherpaKind::text:
        return;
      default:
        return check_files(*field, value);
    }
  }

  // What could have been meant: the fields of the family, or the families.
  std::string known_of(std::string_view family) const {
    std::vector<std::string_view> names;
    for (const auto& field : table_.fields)
      if (family_of(field.name) == family) names.push_back(field.name);
    if (!names.empty()) return fmt::format("{} has {}", family, fmt::join(names, ", "));
    for (const auto& known : table_.families) names.push_back(known.name);
    for (const auto& field : table_.fields)
      if (std::ranges::find(names, family_of(field.name)) == names.end()) names.push_back(field.name);
    return fmt::format("there are {}", fmt::join(names, ", "));
  }

  void check_choice(const SherpaField<Config>& field, const std::string& value) {
    const auto choices = split(field.choices, ' ');
    if (std::ranges::find(choices, value) == choices.end())
      fault(field.name, fmt::format("is one of {}, not '{}'", fmt::join(choices, ", "), value));
  }

  template <typename Number>
  void check_number(const SherpaField<Config>& field, std::string& value) {
    const bool flag = field.kind == SherpaKind::flag;
    if (flag && (value == "true" || value == "false")) value = value == "true" ? "1" : "0";
    Number number{};
    const auto [rest, failed] = std::from_chars(value.data(), value.data() + value.size(), number);
    const double least = flag ? 0 : field.least, most = flag ? 1 : field.most;
    const auto given = static_cast<double>(number);
    if (failed != std::errc() || rest != value.data() + value.size() || !(given >= least && given <= most))
      fault(field.name, fmt::format("is {} from {} to {}, not '{}'",
                                    std::is_integral_v<Number> ? "a whole number" : "a number", least, most, value));
  }

  // Puts full paths in place of names.
  void check_files(const SherpaField<Config>& field, std::string& value) {
    const bool several = field.kind == SherpaKind::fsts || field.kind == SherpaKind::fars;
    std::string paths;
    for (const std::string_view name : several ? split(value, ',') : std::vector<std::string_view>{value}) {
      const auto path = find_model(name, field.name);
      if (!path) {
        fault(field.name, fmt::format("there is no '{}', here or in {}; models of sherpa-onnx are listed at "
                                      "https://k2-fsa.github.io/sherpa/onnx/pretrained_models",
                                      name, models_folder()));
        continue;
      }
      paths += (paths.empty() ? "" : ",") + *path;
      std::error_code ignored;
      if (fs::is_directory(*path, ignored) != (field.kind == SherpaKind::folder))
        fault(field.name, fmt::format("{} is {}", *path,
                                      field.kind == SherpaKind::folder ? "no folder" : "a folder; its file is wanted"));
      else if (const std::string wrong = wrong_with(field, *path); !wrong.empty())
        fault(field.name, fmt::format("{} {}; fetch it anew or name the right file", *path, wrong));
    }
    value = paths;
  }

  // Empty for a file that is what the field takes.
  std::string wrong_with(const SherpaField<Config>& field, const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return "cannot be read";
    const auto error_of = [](const auto& result) { return result ? std::string() : result.error(); };
    switch (field.kind) {
      case SherpaKind::network: {
        auto network = read_onnx_envelope(file);
        if (!network) return network.error();
        contents_.networks.emplace(field.name, std::move(*network));
        return {};
      }
      case SherpaKind::tokens: {
        auto tokens = read_token_table(file);
        if (!tokens) return tokens.error();
        contents_.tokens = std::move(*tokens);
        return {};
      }
      case SherpaKind::bpe_vocab:
        return error_of(check_bpe_vocabulary(file));
      case SherpaKind::fsts:
        return error_of(check_fst(file));
      case SherpaKind::fars:
        return error_of(check_far(file));
      case SherpaKind::hotwords:
        return read_hotwords(file);
      default:
        return {};
    }
  }

  std::string read_hotwords(std::istream& file) {
    const auto well = check_hotwords(file);
    if (!well) return well.error();
    file.clear();
    file.seekg(0);
    for (std::string line; std::getline(file, line);) {
      const auto colon = line.rfind(':');
      SherpaHotword hotword{.phrase = line.substr(0, colon)};
      if (colon != std::string::npos) hotword.score = std::stof(line.substr(colon + 1));
      if (hotword.phrase.find_first_not_of(" \t\r") != std::string::npos) checked_.hotwords.push_back(hotword);
    }
    return {};
  }

  // Exactly one family, with all that it needs.
  void check_family() {
    std::vector<const SherpaFamily*> found;
    for (const SherpaFamily& family : table_.families)
      if (std::ranges::any_of(checked_.settings, [&](const auto& s) { return family_of(s.first) == family.name; }))
        found.push_back(&family);
    std::vector<std::string_view> names;
    for (const SherpaFamily* family : found) names.push_back(family->name);
    if (found.size() > 1)
      return fault(fmt::format("{}", fmt::join(names, ", ")), "are models of several kinds; keep one");
    if (found.empty()) {
      for (const SherpaFamily& family : table_.families) names.push_back(family.name);
      faults_.push_back(fmt::format("no model is named: one of {}", fmt::join(names, ", ")));
      return;
    }
    checked_.family = names.front();
    for (const std::string_view part : split(found.front()->needs, ' '))
      need(checked_.family, fmt::format("{}.{}", checked_.family, part));
    if (found.front()->tokens) need(checked_.family, "tokens");
  }

  void need(std::string_view family, std::string_view key) {
    if (!setting(key)) fault(key, fmt::format("is missing; {} cannot be without", family));
  }

  void check_metadata() {
    for (const SherpaMetadata& wanted : table_.metadata) {
      const auto network = contents_.networks.find(wanted.field);
      if (network == contents_.networks.end()) continue;
      if (setting("model_type") && wanted.keys.starts_with("model_type")) continue;
      for (const std::string_view keys : split(wanted.keys, ' ')) {
        const auto there = [&](std::string_view key) { return network->second.metadata.contains(key); };
        if (std::ranges::none_of(split(keys, '|'), there))
          return fault(wanted.field, fmt::format("{} has no metadata '{}', so it is of another kind or was exported "
                                                 "without; take sherpa-onnx's own export",
                                                 *setting(wanted.field), keys));
      }
    }
  }

  // Searching with beams and hotwords are transducers' matters.
  void check_decoding() {
    const bool transducer = checked_.family == "transducer";
    const std::string* const method = setting("decoding_method");
    const bool beams = method && *method == "modified_beam_search";
    if (beams && !transducer && !checked_.family.empty())
      fault("decoding_method", fmt::format("{} is searched by greedy_search only", checked_.family));
    checked_.takes_hotwords = transducer && beams;
    if (setting("hotwords_file") && !checked_.takes_hotwords)
      fault("hotwords_file", "takes a transducer with decoding_method=modified_beam_search");
    const std::string* const unit = setting("modeling_unit");
    if (unit && *unit != "cjkchar" && !setting("bpe_vocab"))
      fault("bpe_vocab", fmt::format("is missing; modeling_unit={} cannot be without", *unit));
    if (!setting("hr.lexicon") != !setting("hr.rule_fsts")) fault("hr", "hr.lexicon and hr.rule_fsts belong together");
    const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    const auto small = [](char c) { return c >= 'a' && c <= 'z'; };
    bool capitals = false, smalls = false;
    if (contents_.tokens)
      for (const std::string& symbol : contents_.tokens->symbols) {
        if (symbol.starts_with('<')) continue;  // <blk>, <sos/eos>
        capitals = capitals || std::ranges::any_of(symbol, capital);
        smalls = smalls || std::ranges::any_of(symbol, small);
      }
    checked_.upper_case = capitals && !smalls;
  }

  void check_offline_models() {
    if (checked_.family == "moonshine") check_moonshine();
    if (setting("lm_config.model") && !checked_.takes_hotwords)
      fault("lm_config.model", "takes a transducer with decoding_method=modified_beam_search");
    const auto whisper = contents_.networks.find("whisper.encoder");
    if (whisper == contents_.networks.end() || !setting("whisper.language")) return;
    const auto codes = whisper->second.metadata.find("all_language_codes");
    if (codes == whisper->second.metadata.end()) return;
    const auto known = split(codes->second, ',');
    if (std::ranges::find(known, *setting("whisper.language")) == known.end())
      fault("whisper.language",
            fmt::format("the model knows {}, not '{}'", codes->second, *setting("whisper.language")));
  }

  // Version 1: preprocessor, encoder, uncached and cached decoder. Version 2: encoder and merged decoder.
  void check_moonshine() {
    if (!setting("moonshine.merged_decoder")) {
      for (const char* const part : {"preprocessor", "uncached_decoder", "cached_decoder"})
        need("moonshine without merged_decoder", fmt::format("moonshine.{}", part));
      return;
    }
    for (const char* const part : {"preprocessor", "uncached_decoder", "cached_decoder"})
      if (setting(fmt::format("moonshine.{}", part)))
        fault(fmt::format("moonshine.{}", part), "does not go together with moonshine.merged_decoder");
    if (contents_.tokens && !contents_.tokens->base64)
      fault("tokens",
            fmt::format("{} has plain symbols; Moonshine's merged decoder takes them in base64", *setting("tokens")));
  }

  void fill(const SherpaField<Config>& field) {
    const std::string* const value = setting(field.name);
    const SherpaSlot slot = field.slot(checked_.config);
    if (const auto* const text = std::get_if<const char**>(&slot); text && value) **text = value->c_str();
    if (const auto* const whole = std::get_if<std::int32_t*>(&slot); whole && value) **whole = std::stoi(*value);
    if (const auto* const number = std::get_if<float*>(&slot); number && value) **number = std::stof(*value);
  }

  const SherpaTable<Config> table_;
  SherpaConfig<Config> checked_;
  Contents contents_;
  std::vector<std::string> faults_;
};

// The bytes of a phrase that the library can take.
std::string harmless(std::string_view phrase, bool upper_case) {
  std::string text;
  for (const char c : phrase) {
    const bool mark = std::string_view(":#@/").find(c) != std::string_view::npos;
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    text += mark || control ? ' ' : upper_case && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  }
  return text;
}

}  // namespace

Result<SherpaConfig<SherpaOnnxOnlineRecognizerConfig>> check_online(SherpaSettings settings, const std::string& where) {
  return Check(online_table(), std::move(settings)).run(where);
}

Result<SherpaConfig<SherpaOnnxOfflineRecognizerConfig>> check_offline(SherpaSettings settings,
                                                                      const std::string& where) {
  return Check(offline_table(), std::move(settings)).run(where);
}

Result<SherpaConfig<SherpaOnnxOfflinePunctuationConfig>> check_offline_punctuation(SherpaSettings settings,
                                                                                   const std::string& where) {
  return Check(offline_punctuation_table(), std::move(settings)).run(where);
}

Result<SherpaConfig<SherpaOnnxOnlinePunctuationConfig>> check_online_punctuation(SherpaSettings settings,
                                                                                 const std::string& where) {
  return Check(online_punctuation_table(), std::move(settings)).run(where);
}

Result<SherpaConfig<SherpaOnnxOnlineSpeechDenoiserConfig>> check_denoiser(SherpaSettings settings,
                                                                          const std::string& where) {
  return Check(denoiser_table(), std::move(settings)).run(where);
}

std::string hotwords_text(const std::vector<SherpaHotword>& hotwords, bool upper_case) {
  std::string text;
  for (const auto& [phrase, score] : hotwords) {
    const std::string words = harmless(phrase, upper_case);
    if (words.find_first_not_of(' ') == std::string::npos) continue;
    text += (text.empty() ? "" : "/") + words + (score > 0 ? fmt::format(" :{:g}", score) : "");
  }
  return text;
}

}  // namespace sluice::speech

#endif
