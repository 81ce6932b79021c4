// Puts every line or utterance into a text of the user's: prompts for language models, kept in files.
#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "engine/node/node.h"
#include "nodes/text/kernels/placeholders.h"
#include "nodes/text/utterances.h"

namespace sluice::text {
namespace {

constexpr std::size_t kMostOfATemplate = 32 * 1024;  // bytes

bool is_place(std::string_view name) {
  return name == "text" || name == "segment" || name == "start" || name == "end";
}

class Template final : public Node {
 public:
  In<Text<>> in{*this, "in", "lines, or transcripts"};
  Out<Text<"prompt">> out{*this, "out", "the template, filled in; one for each line or utterance"};
  Param<std::string> file{*this, "file", {.default_value = "", .doc = "the template; goes before `text`"}};
  Param<std::string> text{
      *this,
      "text",
      {.default_value = "{{text}}",
       .doc = "the template: {{text}}; of transcripts also {{segment}}, {{start}} and {{end}} in s"}};
  Utterances utterances{*this};

  Traits traits() const override { return {.realtime = false}; }

  Status configure() override {
    if (const auto unknown = unknown_placeholder(text.value(), is_place); unknown && file.value().empty())
      return unknown_place("text", *unknown);
    out.set_spec({.media = "text", .codec = "prompt", .rate_hz = in.format().rate_hz}, in.spec().block_frames,
                 kMaxTextBytes);
    return {};
  }

  Status prepare() override {
    form_ = text.value();
    if (file.value().empty()) return {};
    std::ifstream stream(file.value(), std::ios::binary);
    if (!stream) return Error{"file", fmt::format("cannot read '{}'", file.value())};
    form_.assign(std::istreambuf_iterator<char>(stream), {});
    if (form_.size() > kMostOfATemplate) return Error{"file", "a template has at most 32 KiB"};
    if (const auto unknown = unknown_placeholder(form_, is_place)) return unknown_place("file", *unknown);
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef block = in.next()) {
      if (in.format().codec != "transcript") {
        emit_text(out, filled({.text = std::string(block->text())}), *block);
      } else if (const auto event = utterances.read(*block); event && utterances.ends(*event) && !event->text.empty()) {
        emit_text(out, filled(*event), *block);
      }
    }
  }

 private:
  static Error unknown_place(const char* where, const std::string& name) {
    return {where,
            fmt::format("knows no {{{{{}}}}}; known: {{{{text}}}}, {{{{segment}}}}, {{{{start}}}}, {{{{end}}}}", name)};
  }

  std::string filled(const Transcript& event) const {
    return fill_in(form_, [&](std::string_view name) -> std::optional<std::string> {
      if (name == "text") return event.text;
      if (name == "segment") return std::to_string(event.segment);
      if (name == "start") return fmt::format("{:.2f}", event.start_s);
      if (name == "end") return fmt::format("{:.2f}", event.end_s);
      return std::nullopt;
    });
  }

  std::string form_;
};

}  // namespace

REGISTER_NODE(Template, "text.template", "puts lines or utterances into a template: prompts kept in files")

}  // namespace sluice::text
