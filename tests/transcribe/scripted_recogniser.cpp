// "scripted.recogniser": says what a file says, when the audio has got that far; it does not listen.
#include <algorithm>
#include <cstring>
#include <deque>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/node/plugin.h"
#include "engine/stream/transcript.h"

namespace {

using sluice::BlockRef;
using sluice::Error;
using sluice::Status;

struct Line {
  double at_s;     // audio after which it is said
  double start_s;  // of the utterance
  bool final;
  std::string json;  // the event
};

class ScriptedRecogniser final : public sluice::Node {
 public:
  sluice::In<float> in{*this, "in", "16 kHz mono"};
  sluice::Out<sluice::Text<"transcript">> out{*this, "out", "the events of the script"};
  sluice::Param<std::string> script{
      *this, "script", {.doc = "file: events of engine/stream/transcript.h, one a line, each with \"at\" in seconds"}};
  sluice::Param<std::string> hotwords{*this, "hotwords", {.doc = "stands in a text where {hotwords} does"}};
  sluice::Param<double> fails_at{
      *this, "fails_at", {.unit = "s", .default_value = 1e9, .min = 0, .doc = "then it fails"}};

  sluice::Traits traits() const override { return {.realtime = false}; }

  Status configure() override {
    if (in.format().rate_hz != 16000 || in.format().channels != 1) return Error{"in", "is not 16 kHz mono"};
    out.set_spec({.media = "text", .codec = "transcript", .rate_hz = 16000}, in.spec().block_frames,
                 sluice::kMaxTranscriptBytes);
    return {};
  }

  Status prepare() override {
    std::ifstream file(script.value());
    if (!file) return Error{"script", script.value() + ": cannot be read: run tools/setup models"};
    for (std::string text; std::getline(file, text);) {
      auto event = nlohmann::json::parse(text);
      std::string words = event["text"];
      if (const auto at = words.find("{hotwords}"); at != std::string::npos) words.replace(at, 10, hotwords.value());
      event["text"] = words;
      lines_.push_back({event["at"], event["start"], event["kind"] == "final", event.dump()});
    }
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef block = in.next()) {
      frames_ += block->header.frames;
      if (heard_s() >= fails_at) return fail("the scripted recogniser fails as it was told to");
      while (!lines_.empty() && lines_.front().at_s <= heard_s()) say(*block);
    }
  }

  void flush() REALTIME override {
    const BlockRef last = out.take();
    for (; !lines_.empty(); lines_.pop_front())
      if (lines_.front().final && lines_.front().start_s < heard_s()) emit(lines_.front().json, *last);
  }

 private:
  double heard_s() const { return static_cast<double>(frames_) / 16000; }

  void say(const sluice::Block& source) {
    emit(lines_.front().json, source);
    lines_.pop_front();
  }

  void emit(const std::string& json, const sluice::Block& source) {
    BlockRef block = out.take();
    block->resize(json.size());
    std::memcpy(block->bytes().data(), json.data(), json.size());
    sluice::stamp_from(*block, source);
    out.emit(std::move(block));
  }

  std::deque<Line> lines_;
  std::int64_t frames_ = 0;
};

}  // namespace

REGISTER_NODE(ScriptedRecogniser, "scripted.recogniser", "says what a file says")
SLUICE_PLUGIN("scripted")
