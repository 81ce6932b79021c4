// Configurations of sherpa-onnx, with files that look like models: the models themselves are not in any package.
#include "nodes/speech/sherpa_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nodes/speech/sherpa_fields.h"
#include "nodes/speech/sherpa_for_tests.h"

#ifdef SLUICE_SPEECH

namespace sluice::speech {
namespace {

using testing::HasSubstr;

std::string error_of(const auto& result) {
  return result ? "" : result.error().message;
}

class SherpaConfiguration : public testing::Test {
 protected:
  // Settings with a file for each thing that `family` needs.
  template <class Config>
  SherpaSettings complete(const SherpaTable<Config>& table, const SherpaFamily& family) {
    SherpaSettings settings;
    for (const SherpaField<Config>& field : table.fields) {
      const auto dot = field.name.find('.');
      if (field.name.substr(0, dot) != family.name) continue;
      const bool needed =
          dot == std::string_view::npos ||
          (' ' + std::string(family.needs) + ' ').contains(' ' + std::string(field.name.substr(dot + 1)) + ' ');
      if (!needed) continue;
      const std::string name = std::string(field.name) + ".onnx";
      std::string_view keys;
      for (const SherpaMetadata& wanted : table.metadata)
        if (wanted.field == field.name) keys = wanted.keys;
      settings[std::string(field.name)] = name;
      if (field.kind == SherpaKind::folder)
        std::filesystem::create_directory(models.path(name));
      else
        models.network(name, keys.substr(0, keys.find('|')));
    }
    if (family.tokens) settings["tokens"] = "tokens.txt";
    return settings;
  }

  template <class Config, class Check>
  void every_family(const SherpaTable<Config>& table, Check check) {
    for (const SherpaFamily& family : table.families) {
      SherpaSettings settings = complete(table, family);
      if (family.name == "moonshine") {
        settings["moonshine.merged_decoder"] = models.network("merged.onnx");
        settings["tokens"] = models.write("base64.txt", "PHM+ 0\nSEU= 1\n");
      }
      const auto checked = check(settings, "model");
      ASSERT_TRUE(checked) << family.name << ": " << checked.error().message;
      EXPECT_EQ(checked->family, family.name);
      for (const SherpaField<Config>& field : table.fields) {
        if (!settings.contains(field.name)) continue;
        auto config = checked->config;
        const SherpaSlot slot = field.slot(config);
        EXPECT_TRUE(std::string_view(*std::get<const char**>(slot)).starts_with(models.path(""))) << field.name;
      }
      for (const auto& [missing, value] : settings) {
        SherpaSettings incomplete = settings;
        incomplete.erase(missing);
        EXPECT_FALSE(check(incomplete, "model")) << family.name << " without " << missing;
      }
    }
  }

  SherpaSettings whisper() { return complete(offline_table(), {"whisper", "encoder decoder"}); }
  SherpaSettings transducer() { return complete(online_table(), {"transducer", "encoder decoder joiner"}); }
  static SherpaSettings with(SherpaSettings settings, const SherpaSettings& more) {
    for (const auto& [key, value] : more) settings[key] = value;
    return settings;
  }

  ScriptedModels models;
  std::string tokens = models.tokens();
};

TEST_F(SherpaConfiguration, IsTakenWhereAFamilyIsCompleteAndOnlyThen) {
  every_family(online_table(), check_online);
  every_family(offline_table(), check_offline);
  every_family(denoiser_table(), check_denoiser);
  every_family(offline_punctuation_table(), check_offline_punctuation);
}

TEST_F(SherpaConfiguration, HandsOverWhatIsSet) {
  models.write("rules.fst", "\xd6\xfd\xb2\x7e");
  models.write("more.fst", "\xd6\xfd\xb2\x7e");
  models.write("rules.far", "\x5c\xf3\xb2\x7e");
  models.write("bpe.vocab", "<blk>\t0\n");
  models.write("hot.txt", "THIN SHEET :2.5\n\nTEAR\n");
  const auto checked = check_online(with(transducer(), {{"decoding_method", "modified_beam_search"},
                                                        {"max_active_paths", "8"},
                                                        {"modeling_unit", "bpe"},
                                                        {"bpe_vocab", "bpe.vocab"},
                                                        {"hotwords_file", "hot.txt"},
                                                        {"hotwords_score", "2"},
                                                        {"rule_fsts", "rules.fst,more.fst"},
                                                        {"rule_fars", models.path("rules.far")},
                                                        {"blank_penalty", "0.5"},
                                                        {"num_threads", "2"}}),
                                    "first");
  ASSERT_TRUE(checked) << checked.error().message;
  const SherpaOnnxOnlineRecognizerConfig& config = checked->config;
  EXPECT_STREQ(config.model_config.transducer.joiner, models.path("transducer.joiner.onnx").c_str());
  EXPECT_STREQ(config.model_config.tokens, tokens.c_str());
  EXPECT_STREQ(config.decoding_method, "modified_beam_search");
  EXPECT_STREQ(config.model_config.modeling_unit, "bpe");
  EXPECT_EQ(config.rule_fsts, models.path("rules.fst") + "," + models.path("more.fst"));
  EXPECT_EQ(config.max_active_paths, 8);
  EXPECT_EQ(config.model_config.num_threads, 2);
  EXPECT_FLOAT_EQ(config.hotwords_score, 2);
  EXPECT_FLOAT_EQ(config.blank_penalty, 0.5f);
  EXPECT_EQ(config.hotwords_file, nullptr) << "the library ends the program over a word that it cannot spell";
  EXPECT_EQ(checked->hotwords, (std::vector<SherpaHotword>{{"THIN SHEET ", 2.5f}, {"TEAR", 0}}));
  EXPECT_TRUE(checked->takes_hotwords);
  EXPECT_TRUE(checked->upper_case);
  EXPECT_EQ(config.model_config.paraformer.encoder, nullptr);
}

TEST_F(SherpaConfiguration, SettingsOfTheSecondPassAreHandedOver) {
  const auto checked = check_offline(with(whisper(), {{"whisper.language", "en"},
                                                      {"whisper.task", "translate"},
                                                      {"whisper.tail_paddings", "-1"},
                                                      {"whisper.enable_token_timestamps", "true"}}),
                                     "model");
  ASSERT_TRUE(checked) << checked.error().message;
  EXPECT_STREQ(checked->config.model_config.whisper.language, "en");
  EXPECT_STREQ(checked->config.model_config.whisper.task, "translate");
  EXPECT_EQ(checked->config.model_config.whisper.tail_paddings, -1);
  EXPECT_EQ(checked->config.model_config.whisper.enable_token_timestamps, 1);
  EXPECT_FALSE(checked->takes_hotwords);
}

TEST_F(SherpaConfiguration, FaultsAreToldBeforeTheLibraryIsCalled) {
  models.write("text.onnx", "version https://git-lfs.github.com/spec/v1\n");
  models.write("bad.txt", "no ids here\n");
  models.write("hot.txt", "A :x\n");
  models.network("other.onnx", "vocab_size");
  const std::vector<std::tuple<SherpaSettings, std::string>> faults{
      {{{"tokens", tokens}}, "no model is named: one of transducer, paraformer"},
      {{{"whisper.encoder", "gone.onnx"}}, "whisper.encoder: there is no 'gone.onnx'"},
      {{{"whisper.encoder", "text.onnx"}}, "is no ONNX network; fetch it anew"},
      {{{"whisper.encoder", "."}}, "is a folder; its file is wanted"},
      {{{"paraformer.model", "other.onnx"}}, "has no metadata 'lfr_window_size'"},
      {with(whisper(), {{"tokens", "bad.txt"}}), "line 1 is not \"SYMBOL ID\""},
      {with(whisper(), {{"paraformer.model", "other.onnx"}}), "paraformer, whisper: are models of several kinds"},
      {with(whisper(), {{"whisper.encodr", "x"}}), "whisper.encodr: is no setting here; whisper has whisper.encoder"},
      {with(whisper(), {{"wisper.encoder", "x"}}), "wisper.encoder: is no setting here; there are transducer"},
      {with(whisper(), {{"whisper.task", "sing"}}), "whisper.task: is one of transcribe, translate, not 'sing'"},
      {with(whisper(), {{"num_threads", "0"}}), "num_threads: is a whole number from 1 to 64, not '0'"},
      {with(whisper(), {{"num_threads", "2x"}}), "num_threads: is a whole number from 1 to 64, not '2x'"},
      {with(whisper(), {{"blank_penalty", "nan"}}), "blank_penalty: is a number from 0 to 100"},
      {with(whisper(), {{"model_type", ""}}), "model_type: has no value"},
      {with(whisper(), {{"decoding_method", "modified_beam_search"}}), "whisper is searched by greedy_search only"},
      {with(whisper(), {{"hotwords_file", models.write("good.txt", "A\n")}}), "takes a transducer with"},
      {with(whisper(), {{"hotwords_file", "hot.txt"}}), "has a score that is no number"},
      {with(whisper(), {{"rule_fsts", "text.onnx"}}), "is no compiled OpenFst transducer"},
      {with(whisper(), {{"modeling_unit", "bpe"}}), "bpe_vocab: is missing; modeling_unit=bpe cannot be without"},
      {with(whisper(), {{"hr.lexicon", tokens}}), "hr.lexicon and hr.rule_fsts belong together"},
      {with(whisper(), {{"enable_endpoint", "1"}}), "where utterances end, vad.silero says"},
      {{{"moonshine.encoder", "other.onnx"}, {"tokens", tokens}}, "moonshine.preprocessor: is missing"},
      {{{"moonshine.encoder", "other.onnx"}, {"moonshine.merged_decoder", "other.onnx"}, {"tokens", tokens}},
       "takes them in base64"},
  };
  for (const auto& [settings, message] : faults)
    EXPECT_THAT(error_of(check_offline(settings, "model")), HasSubstr(message));
}

TEST_F(SherpaConfiguration, AllFaultsAreToldAtOnce) {
  const auto checked = check_online({{"transducer.encoder", "a"}, {"num_threads", "-1"}, {"pony", "1"}}, "first");
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().where, "first");
  for (const char* const part :
       {"transducer.encoder: there is no 'a'", "num_threads", "pony", "transducer.joiner", "tokens"})
    EXPECT_THAT(checked.error().message, HasSubstr(part));
}

TEST_F(SherpaConfiguration, SettingsStandInALineOrInAFile) {
  const auto line = read_sherpa_settings(" a = 1 ; b=x=y;\n# c=2\n", "model");
  ASSERT_TRUE(line);
  EXPECT_EQ(*line, (SherpaSettings{{"a", "1"}, {"b", "x=y"}}));
  std::filesystem::create_directory(models.path("zh"));
  models.network("zh/model.onnx");
  models.write("zh/sherpa.conf", "# FunASR's\nparaformer.model = model.onnx\nrule_fsts=model.onnx,gone.fst\n");
  const auto file = read_sherpa_settings("zh/sherpa.conf", "model");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->at("paraformer.model"), models.path("zh/model.onnx"));
  EXPECT_EQ(file->at("rule_fsts"), models.path("zh/model.onnx") + ",gone.fst");
  EXPECT_THAT(error_of(read_sherpa_settings("a=1; a=2", "model")), HasSubstr("'a' is set twice"));
  EXPECT_THAT(error_of(read_sherpa_settings("a=1; b", "model")), HasSubstr("'b' is neither KEY=VALUE"));
  EXPECT_THAT(error_of(read_sherpa_settings("nowhere.conf", "model")), HasSubstr("'nowhere.conf' is neither"));
  EXPECT_THAT(error_of(read_sherpa_settings("zh", "model")), HasSubstr("cannot be read"));
}

TEST(SherpaHotwords, LeaveOutWhatTheLibraryStumblesOver) {
  EXPECT_EQ(hotwords_text({{"thin sheet", 1.5f}, {"a:b #c @d e/f\n", 0}, {": /", 2}}, false),
            "thin sheet :1.5/a b  c  d e f ");
  EXPECT_EQ(hotwords_text({{"tear", 0}}, true), "TEAR");
  EXPECT_EQ(hotwords_text({}, true), "");
}

}  // namespace
}  // namespace sluice::speech

#endif
