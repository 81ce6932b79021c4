#include "nodes/speech/sherpa_fields.h"

#ifdef SLUICE_SPEECH

#include <iterator>

namespace sluice::speech {
namespace {

using enum SherpaKind;

// `own` and what both kinds of recogniser have.
template <class Config>
std::vector<SherpaField<Config>> with_common(const std::vector<SherpaField<Config>>& own) {
  using C = Config;
  std::vector<SherpaField<C>> fields{
      {"tokens", tokens, [](C& c) -> SherpaSlot { return &c.model_config.tokens; }},
      {"num_threads", whole, [](C& c) -> SherpaSlot { return &c.model_config.num_threads; }, 1, 64},
      {"model_type", text, [](C& c) -> SherpaSlot { return &c.model_config.model_type; }},
      {"modeling_unit", choice, [](C& c) -> SherpaSlot { return &c.model_config.modeling_unit; }, 0, 0,
       "cjkchar bpe cjkchar+bpe bbpe"},
      {"bpe_vocab", bpe_vocab, [](C& c) -> SherpaSlot { return &c.model_config.bpe_vocab; }},
      {"decoding_method", choice, [](C& c) -> SherpaSlot { return &c.decoding_method; }, 0, 0,
       "greedy_search modified_beam_search"},
      {"max_active_paths", whole, [](C& c) -> SherpaSlot { return &c.max_active_paths; }, 1, 100},
      {"hotwords_file", hotwords, [](C&) -> SherpaSlot { return {}; }},
      {"hotwords_score", number, [](C& c) -> SherpaSlot { return &c.hotwords_score; }, 0.01, 100},
      {"rule_fsts", fsts, [](C& c) -> SherpaSlot { return &c.rule_fsts; }},
      {"rule_fars", fars, [](C& c) -> SherpaSlot { return &c.rule_fars; }},
      {"blank_penalty", number, [](C& c) -> SherpaSlot { return &c.blank_penalty; }, 0, 100},
      {"hr.lexicon", file, [](C& c) -> SherpaSlot { return &c.hr.lexicon; }},
      {"hr.rule_fsts", fsts, [](C& c) -> SherpaSlot { return &c.hr.rule_fsts; }},
      {"feat_config.sample_rate", whole, [](C& c) -> SherpaSlot { return &c.feat_config.sample_rate; }, 8000, 48000},
      {"feat_config.feature_dim", whole, [](C& c) -> SherpaSlot { return &c.feat_config.feature_dim; }, 1, 1000},
      {"transducer.encoder", network, [](C& c) -> SherpaSlot { return &c.model_config.transducer.encoder; }},
      {"transducer.decoder", network, [](C& c) -> SherpaSlot { return &c.model_config.transducer.decoder; }},
      {"transducer.joiner", network, [](C& c) -> SherpaSlot { return &c.model_config.transducer.joiner; }},
      {"nemo_ctc.model", network, [](C& c) -> SherpaSlot { return &c.model_config.nemo_ctc.model; }},
  };
  fields.insert(fields.end(), own.begin(), own.end());
  return fields;
}

using Offline = SherpaOnnxOfflineRecognizerConfig;
using OfflineFields = std::vector<SherpaField<Offline>>;

OfflineFields whisper_fields() {
  return {{"whisper.encoder", network, [](Offline& c) -> SherpaSlot { return &c.model_config.whisper.encoder; }},
          {"whisper.decoder", network, [](Offline& c) -> SherpaSlot { return &c.model_config.whisper.decoder; }},
          {"whisper.language", text, [](Offline& c) -> SherpaSlot { return &c.model_config.whisper.language; }},
          {"whisper.task", choice, [](Offline& c) -> SherpaSlot { return &c.model_config.whisper.task; }, 0, 0,
           "transcribe translate"},
          {"whisper.tail_paddings", whole,
           [](Offline& c) -> SherpaSlot { return &c.model_config.whisper.tail_paddings; }, -1, 3000},
          {"whisper.enable_token_timestamps", flag,
           [](Offline& c) -> SherpaSlot { return &c.model_config.whisper.enable_token_timestamps; }},
          {"whisper.enable_segment_timestamps", flag,
           [](Offline& c) -> SherpaSlot { return &c.model_config.whisper.enable_segment_timestamps; }}};
}

// The first kind is four networks, the second two: sherpa_config.cpp.
OfflineFields moonshine_fields() {
  return {{"moonshine.preprocessor", network,
           [](Offline& c) -> SherpaSlot { return &c.model_config.moonshine.preprocessor; }},
          {"moonshine.encoder", network, [](Offline& c) -> SherpaSlot { return &c.model_config.moonshine.encoder; }},
          {"moonshine.uncached_decoder", network,
           [](Offline& c) -> SherpaSlot { return &c.model_config.moonshine.uncached_decoder; }},
          {"moonshine.cached_decoder", network,
           [](Offline& c) -> SherpaSlot { return &c.model_config.moonshine.cached_decoder; }},
          {"moonshine.merged_decoder", network,
           [](Offline& c) -> SherpaSlot { return &c.model_config.moonshine.merged_decoder; }}};
}

OfflineFields canary_fields() {
  return {{"canary.encoder", network, [](Offline& c) -> SherpaSlot { return &c.model_config.canary.encoder; }},
          {"canary.decoder", network, [](Offline& c) -> SherpaSlot { return &c.model_config.canary.decoder; }},
          {"canary.src_lang", choice, [](Offline& c) -> SherpaSlot { return &c.model_config.canary.src_lang; }, 0, 0,
           "en es de fr"},
          {"canary.tgt_lang", choice, [](Offline& c) -> SherpaSlot { return &c.model_config.canary.tgt_lang; }, 0, 0,
           "en es de fr"},
          {"canary.use_pnc", flag, [](Offline& c) -> SherpaSlot { return &c.model_config.canary.use_pnc; }}};
}

OfflineFields cohere_fields() {
  return {{"cohere_transcribe.encoder", network,
           [](Offline& c) -> SherpaSlot { return &c.model_config.cohere_transcribe.encoder; }},
          {"cohere_transcribe.decoder", network,
           [](Offline& c) -> SherpaSlot { return &c.model_config.cohere_transcribe.decoder; }},
          {"cohere_transcribe.language", text,
           [](Offline& c) -> SherpaSlot { return &c.model_config.cohere_transcribe.language; }},
          {"cohere_transcribe.use_punct", flag,
           [](Offline& c) -> SherpaSlot { return &c.model_config.cohere_transcribe.use_punct; }},
          {"cohere_transcribe.use_itn", flag,
           [](Offline& c) -> SherpaSlot { return &c.model_config.cohere_transcribe.use_itn; }}};
}

OfflineFields funasr_nano_fields() {
  return {
      {"funasr_nano.encoder_adaptor", network,
       [](Offline& c) -> SherpaSlot { return &c.model_config.funasr_nano.encoder_adaptor; }},
      {"funasr_nano.llm", network, [](Offline& c) -> SherpaSlot { return &c.model_config.funasr_nano.llm; }},
      {"funasr_nano.embedding", network,
       [](Offline& c) -> SherpaSlot { return &c.model_config.funasr_nano.embedding; }},
      {"funasr_nano.tokenizer", folder, [](Offline& c) -> SherpaSlot { return &c.model_config.funasr_nano.tokenizer; }},
      {"funasr_nano.system_prompt", text,
       [](Offline& c) -> SherpaSlot { return &c.model_config.funasr_nano.system_prompt; }},
      {"funasr_nano.user_prompt", text,
       [](Offline& c) -> SherpaSlot { return &c.model_config.funasr_nano.user_prompt; }},
      {"funasr_nano.max_new_tokens", whole,
       [](Offline& c) -> SherpaSlot { return &c.model_config.funasr_nano.max_new_tokens; }, 1, 4096},
      {"funasr_nano.temperature", number,
       [](Offline& c) -> SherpaSlot { return &c.model_config.funasr_nano.temperature; }, 0, 2},
      {"funasr_nano.top_p", number, [](Offline& c) -> SherpaSlot { return &c.model_config.funasr_nano.top_p; }, 0, 1},
      {"funasr_nano.seed", whole, [](Offline& c) -> SherpaSlot { return &c.model_config.funasr_nano.seed; }, 0,
       2147483647},
      {"funasr_nano.language", text, [](Offline& c) -> SherpaSlot { return &c.model_config.funasr_nano.language; }},
      {"funasr_nano.itn", flag, [](Offline& c) -> SherpaSlot { return &c.model_config.funasr_nano.itn; }},
      {"funasr_nano.hotwords", text, [](Offline& c) -> SherpaSlot { return &c.model_config.funasr_nano.hotwords; }}};
}

OfflineFields qwen3_fields() {
  return {
      {"qwen3_asr.conv_frontend", network,
       [](Offline& c) -> SherpaSlot { return &c.model_config.qwen3_asr.conv_frontend; }},
      {"qwen3_asr.encoder", network, [](Offline& c) -> SherpaSlot { return &c.model_config.qwen3_asr.encoder; }},
      {"qwen3_asr.decoder", network, [](Offline& c) -> SherpaSlot { return &c.model_config.qwen3_asr.decoder; }},
      {"qwen3_asr.tokenizer", folder, [](Offline& c) -> SherpaSlot { return &c.model_config.qwen3_asr.tokenizer; }},
      {"qwen3_asr.max_total_len", whole,
       [](Offline& c) -> SherpaSlot { return &c.model_config.qwen3_asr.max_total_len; }, 1, 65536},
      {"qwen3_asr.max_new_tokens", whole,
       [](Offline& c) -> SherpaSlot { return &c.model_config.qwen3_asr.max_new_tokens; }, 1, 4096},
      {"qwen3_asr.temperature", number, [](Offline& c) -> SherpaSlot { return &c.model_config.qwen3_asr.temperature; },
       0, 2},
      {"qwen3_asr.top_p", number, [](Offline& c) -> SherpaSlot { return &c.model_config.qwen3_asr.top_p; }, 0, 1},
      {"qwen3_asr.seed", whole, [](Offline& c) -> SherpaSlot { return &c.model_config.qwen3_asr.seed; }, 0, 2147483647},
      {"qwen3_asr.hotwords", text, [](Offline& c) -> SherpaSlot { return &c.model_config.qwen3_asr.hotwords; }}};
}

// Models of one or two networks with hardly anything to set, and what sharpens a search.
OfflineFields further_offline_fields() {
  return {
      {"paraformer.model", network, [](Offline& c) -> SherpaSlot { return &c.model_config.paraformer.model; }},
      {"tdnn.model", network, [](Offline& c) -> SherpaSlot { return &c.model_config.tdnn.model; }},
      {"telespeech_ctc", network, [](Offline& c) -> SherpaSlot { return &c.model_config.telespeech_ctc; }},
      {"sense_voice.model", network, [](Offline& c) -> SherpaSlot { return &c.model_config.sense_voice.model; }},
      {"sense_voice.language", choice, [](Offline& c) -> SherpaSlot { return &c.model_config.sense_voice.language; }, 0,
       0, "auto zh en ja ko yue"},
      {"sense_voice.use_itn", flag, [](Offline& c) -> SherpaSlot { return &c.model_config.sense_voice.use_itn; }},
      {"fire_red_asr.encoder", network, [](Offline& c) -> SherpaSlot { return &c.model_config.fire_red_asr.encoder; }},
      {"fire_red_asr.decoder", network, [](Offline& c) -> SherpaSlot { return &c.model_config.fire_red_asr.decoder; }},
      {"fire_red_asr_ctc.model", network,
       [](Offline& c) -> SherpaSlot { return &c.model_config.fire_red_asr_ctc.model; }},
      {"dolphin.model", network, [](Offline& c) -> SherpaSlot { return &c.model_config.dolphin.model; }},
      {"zipformer_ctc.model", network, [](Offline& c) -> SherpaSlot { return &c.model_config.zipformer_ctc.model; }},
      {"wenet_ctc.model", network, [](Offline& c) -> SherpaSlot { return &c.model_config.wenet_ctc.model; }},
      {"omnilingual.model", network, [](Offline& c) -> SherpaSlot { return &c.model_config.omnilingual.model; }},
      {"medasr.model", network, [](Offline& c) -> SherpaSlot { return &c.model_config.medasr.model; }},
      {"lm_config.model", network, [](Offline& c) -> SherpaSlot { return &c.lm_config.model; }},
      {"lm_config.scale", number, [](Offline& c) -> SherpaSlot { return &c.lm_config.scale; }, 0, 10}};
}

OfflineFields offline_fields() {
  OfflineFields fields = with_common<Offline>(further_offline_fields());
  for (const OfflineFields& family :
       {whisper_fields(), moonshine_fields(), canary_fields(), cohere_fields(), funasr_nano_fields(), qwen3_fields()})
    fields.insert(fields.end(), family.begin(), family.end());
  return fields;
}

}  // namespace

SherpaTable<SherpaOnnxOnlineRecognizerConfig> online_table() {
  using C = SherpaOnnxOnlineRecognizerConfig;
  return {
      .fields = with_common<C>({
          {"paraformer.encoder", network, [](C& c) -> SherpaSlot { return &c.model_config.paraformer.encoder; }},
          {"paraformer.decoder", network, [](C& c) -> SherpaSlot { return &c.model_config.paraformer.decoder; }},
          {"zipformer2_ctc.model", network, [](C& c) -> SherpaSlot { return &c.model_config.zipformer2_ctc.model; }},
          {"t_one_ctc.model", network, [](C& c) -> SherpaSlot { return &c.model_config.t_one_ctc.model; }},
          {"ctc_fst_decoder_config.graph", fsts, [](C& c) -> SherpaSlot { return &c.ctc_fst_decoder_config.graph; }},
          {"ctc_fst_decoder_config.max_active", whole,
           [](C& c) -> SherpaSlot { return &c.ctc_fst_decoder_config.max_active; }, 1, 100000},
      }),
      .families = {{"transducer", "encoder decoder joiner"},
                   {"paraformer", "encoder decoder"},
                   {"zipformer2_ctc", "model"},
                   {"nemo_ctc", "model"},
                   {"t_one_ctc", "model"}},
      .metadata = {
          {"transducer.encoder", "model_type|window_size"},  // icefall's, NeMo's
          {"paraformer.encoder",
           "vocab_size lfr_window_size lfr_window_shift encoder_output_size decoder_num_blocks decoder_kernel_size "
           "neg_mean inv_stddev"},
          {"zipformer2_ctc.model",
           "encoder_dims query_head_dims value_head_dims num_heads num_encoder_layers cnn_module_kernels "
           "left_context_len T decode_chunk_len"}}};
}

SherpaTable<SherpaOnnxOfflineRecognizerConfig> offline_table() {
  return {
      .fields = offline_fields(),
      .families = {{"transducer", "encoder decoder joiner"},
                   {"paraformer", "model"},
                   {"nemo_ctc", "model"},
                   {"whisper", "encoder decoder"},
                   {"tdnn", "model"},
                   {"telespeech_ctc", ""},
                   {"sense_voice", "model"},
                   {"moonshine", "encoder"},
                   {"fire_red_asr", "encoder decoder"},
                   {"fire_red_asr_ctc", "model"},
                   {"dolphin", "model"},
                   {"zipformer_ctc", "model"},
                   {"wenet_ctc", "model"},
                   {"omnilingual", "model"},
                   {"medasr", "model"},
                   {"canary", "encoder decoder"},
                   {"cohere_transcribe", "encoder decoder"},
                   {"funasr_nano", "encoder_adaptor llm embedding tokenizer", false},
                   {"qwen3_asr", "conv_frontend encoder decoder tokenizer", false}},
      .metadata = {
          {"transducer.encoder", "model_type"},
          {"paraformer.model", "vocab_size lfr_window_size lfr_window_shift neg_mean inv_stddev"},
          {"whisper.encoder",
           "n_mels n_text_layer n_text_ctx n_text_state n_vocab sot eot blank_id translate transcribe is_multilingual "
           "no_timestamps no_speech sot_sequence"},
          {"sense_voice.model", "vocab_size lfr_window_size lfr_window_shift normalize_samples"}}};
}

SherpaTable<SherpaOnnxOfflinePunctuationConfig> offline_punctuation_table() {
  using C = SherpaOnnxOfflinePunctuationConfig;
  return {.fields = {{"ct_transformer", network, [](C& c) -> SherpaSlot { return &c.model.ct_transformer; }},
                     {"num_threads", whole, [](C& c) -> SherpaSlot { return &c.model.num_threads; }, 1, 64}},
          .families = {{"ct_transformer", "", false}},
          .metadata = {{"ct_transformer", "tokens vocab_size punctuations unk_symbol"}}};
}

SherpaTable<SherpaOnnxOnlinePunctuationConfig> online_punctuation_table() {
  using C = SherpaOnnxOnlinePunctuationConfig;
  return {.fields = {{"cnn_bilstm", network, [](C& c) -> SherpaSlot { return &c.model.cnn_bilstm; }},
                     {"bpe_vocab", bpe_vocab, [](C& c) -> SherpaSlot { return &c.model.bpe_vocab; }},
                     {"num_threads", whole, [](C& c) -> SherpaSlot { return &c.model.num_threads; }, 1, 64}},
          .families = {{"cnn_bilstm", "", false}},
          .metadata = {}};
}

SherpaTable<SherpaOnnxOnlineSpeechDenoiserConfig> denoiser_table() {
  using C = SherpaOnnxOnlineSpeechDenoiserConfig;
  return {
      .fields = {{"gtcrn.model", network, [](C& c) -> SherpaSlot { return &c.model.gtcrn.model; }},
                 {"dpdfnet.model", network, [](C& c) -> SherpaSlot { return &c.model.dpdfnet.model; }},
                 {"num_threads", whole, [](C& c) -> SherpaSlot { return &c.model.num_threads; }, 1, 64}},
      .families = {{"gtcrn", "model", false}, {"dpdfnet", "model", false}},
      .metadata = {
          {"gtcrn.model",
           "model_type sample_rate n_fft hop_length window_length window_type version conv_cache_shape tra_cache_shape "
           "inter_cache_shape"}}};
}

}  // namespace sluice::speech

#endif
