#include "tests/nodes/nodes_for_tests.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <random>
#include <stdexcept>

namespace sluice {
namespace {

constexpr double kRate = 44100;

// Parameters without which a node does not run, or not offline.
const std::map<std::string, std::vector<std::pair<std::string, std::string>>> kSettings = {
    {"resample", {{"rate", "48 kHz"}}},
    {"pace", {{"tolerance", "0 s"}}},
    {"channels", {{"map", "2,1"}}},
    {"gain", {{"gain", "-3 dB"}}},
    {"sdr.am_rx", {{"bandwidth", "8 kHz"}}},
    {"sdr.flexframe_tx", {{"rate", "480 kHz"}}},
    {"sdr.nbfm_rx", {{"bandwidth", "16 kHz"}}},
    {"resample_to_the_same_rate", {{"rate", "44.1 kHz"}}},
};

// Nodes of which one way to be set is not enough.
const std::map<std::string, std::string> kVariants = {{"resample_to_the_same_rate", "resample"}};

std::string type_of(const std::string& name) {
  const auto variant = kVariants.find(name);
  return variant == kVariants.end() ? name : variant->second;
}

// What makes the input of a node that takes no audio.
const std::map<std::string, std::string> kUpstream = {
    {"g711.decode", "g711.encode"},      {"mp3.mdct", "mp3.filterbank"},
    {"mp3.psychoacoustics", "mp3.mdct"}, {"mp3.quantize", "mp3.psychoacoustics"},
    {"mp3.bitstream", "mp3.quantize"},   {"mp3.adu_pack", "mp3.bitstream"},
    {"mp3.adu_unpack", "mp3.adu_pack"},  {"mp3.tag", "mp3.bitstream"},
    {"sdr.packetize", "mp3.bitstream"},  {"sdr.depacketize", "sdr.packetize"},
    {"sdr.ofdm_tx", "sdr.packetize"},    {"sdr.fm_rx", "sdr.fm_tx"},
    {"sdr.fm_tx", "resample"},           {"sdr.channel", "sdr.ofdm_tx"},
    {"sdr.ofdm_rx", "sdr.ofdm_tx"},      {"sdr.flexframe_tx", "sdr.packetize"},
    {"sdr.nbfm_rx", "sdr.fm_tx"},        {"sdr.flexframe_rx", "sdr.flexframe_tx"},
    {"sdr.am_rx", "sdr.fm_tx"},          {"iq.waterfall", "sdr.fm_tx"},
};

// Header and payload.
std::string content(const Block& block) {
  std::string text(reinterpret_cast<const char*>(&block.header), sizeof(BlockHeader));
  if (block.channels() == 0) return text.append(block.text());
  for (std::size_t c = 0; c < block.channels(); ++c)
    text.append(reinterpret_cast<const char*>(block.channel(c).data()), block.channel(c).size_bytes());
  return text;
}

// Passes blocks of the wanted size on unchanged, so that every node is fed with blocks that others hold as well.
class Beginning final : public SampleNode {
 public:
  using SampleNode::process;
  void process(std::size_t) REALTIME override {}
};

void configure(NodeHarness& node, const std::string& name) {
  const auto settings = kSettings.find(name);
  if (settings == kSettings.end()) return;
  for (const auto& [param, value] : settings->second)
    if (const Status status = node.set(param, value); !status) throw std::runtime_error(status.error().text());
}

}  // namespace

const std::map<std::string, std::string>& unrunnable() {
  static const std::map<std::string, std::string> reasons = {
      {"audio.capture", "opens a capture device"},
      {"audio.playback", "opens a playback device"},
      {"file.read", "reads a file"},
      {"file.write", "writes a file"},
      {"http.captions", "opens a socket"},
      {"http.listen", "opens a socket"},
      {"http.minutes", "opens a socket"},
      {"http.waterfall", "opens a socket"},
      {"icecast.source", "opens a socket"},
      {"vad.silero", "loads a model"},
      {"asr.moonshine", "loads a model"},
      {"asr.sherpa", "loads a model"},
      {"speech.denoise", "loads a model"},
      {"features.fbank", "takes one channel"},
      {"features.mfcc", "takes one channel"},
      {"iq.file_read", "reads a file"},
      {"iq.file_write", "writes a file"},
      {"llm.chat", "asks a language model"},
      {"llm.correct", "asks a language model"},
      {"llm.http", "asks a language model"},
      {"llm.llama", "asks a language model"},
      {"llm.summarise", "asks a language model"},
      {"llm.translate", "asks a language model"},
      {"sdr.am_tx", "takes one channel"},
      {"sdr.nbfm_tx", "takes one channel"},
      {"sdr.rtl_tcp_server", "opens a socket"},
      {"sdr.rtl_tcp_source", "opens a socket"},
      {"sdr.soapy_sink", "opens a radio"},
      {"sdr.soapy_source", "opens a radio"},
      {"sdr.status", "takes the reports of other nodes' second outputs"},
      {"text.hotwords", "takes transcripts"},
      {"text.jsonl", "takes transcripts"},
      {"text.lines", "takes transcripts"},
      {"text.read", "reads a file"},
      {"text.subtitles", "takes transcripts"},
      {"text.template", "takes text"},
      {"text.terminal", "writes to the terminal"},
  };
  return reasons;
}

std::vector<std::string> runnable_types() {
  std::vector<std::string> types;
  for (const std::string& type : Registry::global().types()) {
    const auto reason = unrunnable().find(type);
    if (reason == unrunnable().end())
      types.push_back(type);
    else
      std::printf("without %s: it %s\n", type.c_str(), reason->second.c_str());
  }
  for (const auto& [name, type] : kVariants) types.push_back(name);
  return types;
}

Audio test_audio(std::size_t channels, std::size_t frames) {
  std::minstd_rand random(7);
  std::uniform_real_distribution<float> noise(-0.05f, 0.05f);
  Audio audio(channels, std::vector<float>(frames));
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t n = 0; n < frames; ++n) {
      const float click = n % 5000 < 30 ? 0.4f : 0.0f;
      audio[c][n] = 0.4f * std::sin(0.05f * static_cast<float>(n * (c + 1))) + noise(random) + click;
    }
  return audio;
}

Fed::Fed(const std::string& type, const Audio& audio, std::int64_t block_frames, Loss loss) {
  if (const auto upstream = kUpstream.find(type); upstream != kUpstream.end()) {
    upstream_ = std::make_unique<Fed>(upstream->second, audio, block_frames);
    feed(type, upstream_->blocks(), upstream_->node().node().outs()[0]->spec(), loss);
    return;
  }
  source_ = std::make_unique<NodeHarness>(std::make_unique<Beginning>());
  const StreamSpec spec = audio_spec(kRate, static_cast<int>(audio.size()), block_frames);
  source_->connect("in", spec);
  if (const Status status = source_->start(); !status) throw std::runtime_error(status.error().text());
  source_->feed_audio("in", audio);
  feed(type, source_->out("out"), spec, loss);
}

void Fed::feed(const std::string& type, std::vector<BlockRef> blocks, const StreamSpec& spec, Loss loss) {
  node_ = std::make_unique<NodeHarness>(type_of(type));
  configure(*node_, type);
  Node& node = node_->node();
  const bool family = node.ins().empty() && !node.in_families().empty();
  const bool source = node.ins().empty() && !family;
  if (!source) node_->connect(family ? node.in_families()[0]->name() : node.ins()[0]->name(), spec);
  if (const Status status = node_->start(); !status) throw std::runtime_error(type + ": " + status.error().text());
  if (source) {
    for (std::size_t n = 0; n < blocks.size(); ++n) node_->pull();
    return;
  }
  given_ = blocks;
  for (const BlockRef& block : blocks) given_content_.push_back(content(*block));
  for (std::size_t n = 0; n < blocks.size(); ++n) {
    if (loss == Loss::one && n == blocks.size() / 2) continue;
    node_->feed(node.ins()[0]->name(), blocks[n]);
    pull_until_it_waits();
  }
  node_->end();
  pull_until_it_waits();
}

void Fed::pull_until_it_waits() {
  if (!node_->node().self_driven()) return;
  for (;;) {
    const Pull next = node_->pull();
    if (next.when == Pull::When::woken || next.when == Pull::When::ended) return;
    if (next.when == Pull::When::at) node_->clock().advance(next.time - node_->now());
  }
}

bool Fed::left_its_inputs_alone() const {
  return std::ranges::equal(given_, given_content_, {}, [](const BlockRef& block) { return content(*block); });
}

std::vector<BlockRef>& Fed::blocks() {
  return node_->out(node_->node().outs()[0]->name());
}

std::string Fed::output() {
  const OutPort& out = *node_->node().outs()[0];
  std::string bytes;
  if (out.format().media == "audio") {
    for (const auto& channel : node_->audio(out.name()))
      bytes.append(reinterpret_cast<const char*>(channel.data()), channel.size() * sizeof(float));
    return bytes;
  }
  if (out.format().media != "packet" && out.format().media != "text") return bytes;
  for (const BlockRef& packet : blocks()) {
    if (packet->has(kRewrite))
      bytes.replace(static_cast<std::size_t>(packet->header.position), packet->text().size(), packet->text());
    else
      bytes += packet->text();
  }
  return bytes;
}

}  // namespace sluice
