// The only translation unit that knows yaml-cpp. Its parser is driven by events, so that limits hold while it reads.
#include "engine/graph/document.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unordered_set>

namespace sluice {
namespace {

constexpr std::size_t kDeepest = 16;         // levels; a graph needs five
constexpr std::size_t kMostValues = 200000;  // 10,000 nodes of twenty

// Thrown through yaml-cpp to end its parse where it should not go on; caught in Document::parse.
struct ParseEnded {
  YAML::Mark mark;
  std::string message;
};

Place place_of_mark(const YAML::Mark& mark) {
  return {mark.line + 1, mark.column + 1};
}

// Builds the tree from the parser's events.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const Document& document, Report& report) : document_(document), report_(report) {}

  Value take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_extras(mark, "?", anchor);
    add({.kind = Value::Kind::nothing,
         .place = place_of_mark(mark),
         .text = document_.null_at(place_of_mark(mark)),
         .items = {},
         .entries = {}},
        mark);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse_extras(mark, "?", 1);
    add({.kind = Value::Kind::nothing, .place = place_of_mark(mark), .text = {}, .items = {}, .entries = {}}, mark);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    refuse_extras(mark, tag, anchor);
    const bool quoted_text = tag == "!";
    if (quoted_text && !document_.closes_quote(place_of_mark(mark))) throw ParseEnded{mark, "this quote is not closed"};
    const bool nothing =
        !quoted_text && (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL");
    add({.kind = nothing ? Value::Kind::nothing : Value::Kind::scalar,
         .place = place_of_mark(mark),
         .text = text,
         .quoted = quoted_text,
         .items = {},
         .entries = {}},
        mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    refuse_extras(mark, tag, anchor);
    open(Value::Kind::list, mark);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    refuse_extras(mark, tag, anchor);
    open(Value::Kind::map, mark);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Level {
    Value value;
    std::optional<Entry> key;  // map: read, its value not yet
    std::unordered_set<std::string> keys;
  };

  void refuse_extras(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0)
      report_.error(document_.mark(place_of_mark(mark)),
                    "anchors and aliases are not part of the graph language: use 'vars'");
    if (!tag.empty() && tag != "?" && tag != "!")
      report_.error(document_.mark(place_of_mark(mark)),
                    fmt::format("tags are not part of the graph language: {}", in_quotes(tag)));
  }

  void open(Value::Kind kind, const YAML::Mark& mark) {
    if (levels_.size() >= kDeepest) throw ParseEnded{mark, fmt::format("nested deeper than {} levels", kDeepest)};
    levels_.push_back({.value = {.kind = kind, .place = place_of_mark(mark), .text = {}, .items = {}, .entries = {}},
                       .key = {},
                       .keys = {}});
  }

  void close() {
    Value value = std::move(levels_.back().value);
    levels_.pop_back();
    const Place place = value.place;
    YAML::Mark mark;
    mark.line = place.line - 1;
    mark.column = place.column - 1;
    add(std::move(value), mark);
  }

  void add(Value value, const YAML::Mark& mark) {
    if (++values_ > kMostValues) throw ParseEnded{mark, fmt::format("more than {} values", kMostValues)};
    if (levels_.empty()) {
      root_ = std::move(value);
      return;
    }
    Level& level = levels_.back();
    if (level.value.is_list())
      level.value.items.push_back(std::move(value));
    else if (!level.key)
      begin_entry(level, std::move(value));
    else
      end_entry(level, std::move(value));
  }

  void begin_entry(Level& level, Value key) {
    if (key.is_list() || key.is_map()) report_.error(document_.mark(key.place), "a name must be plain text");
    level.key = Entry{.key = std::move(key.text), .place = key.place, .value = {}};
  }

  void end_entry(Level& level, Value value) {
    Entry entry = std::move(*level.key);
    level.key.reset();
    entry.value = std::move(value);
    if (level.keys.insert(entry.key).second)
      level.value.entries.push_back(std::move(entry));
    else
      report_.error(document_.mark(entry.place), fmt::format("{} is given twice", in_quotes(entry.key)));
  }

  const Document& document_;
  Report& report_;
  std::vector<Level> levels_;
  std::size_t values_ = 0;
  Value root_;
};

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

const Value* Value::find(std::string_view key) const {
  const auto found = std::ranges::find(entries, key, &Entry::key);
  return found == entries.end() ? nullptr : &found->value;
}

Document::Document(std::string file, std::string_view text) : file_(std::move(file)) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  text_ = text.substr(0, kLargestText + 1);
  lines_.push_back(0);
  for (std::size_t n = 0; n < text_.size(); ++n)
    if (text_[n] == '\n') lines_.push_back(n + 1);
}

Place Document::place_of(std::size_t offset) const {
  const auto line = std::ranges::upper_bound(lines_, offset) - lines_.begin();
  return {static_cast<int>(line), static_cast<int>(offset - lines_[static_cast<std::size_t>(line) - 1]) + 1};
}

std::size_t Document::offset_of(Place place) const {
  const auto line = static_cast<std::size_t>(place.line) - 1;
  return line < lines_.size() ? std::min(text_.size(), lines_[line] + static_cast<std::size_t>(place.column) - 1)
                              : text_.size();
}

Mark Document::mark(const Value& scalar, std::size_t offset) const {
  std::size_t at = offset_of(scalar.place);
  const char style = at < text_.size() ? text_[at] : ' ';
  if (style == '"' || style == '\'') ++at;
  if (style == '|' || style == '>') at = text_.find('\n', at);
  for (std::size_t n = 0; n <= offset && n < scalar.text.size(); ++n) {
    if (is_blank(scalar.text[n])) continue;
    while (at < text_.size() && is_blank(text_[at])) ++at;
    if (at >= text_.size() || text_[at] != scalar.text[n]) return mark(scalar);
    if (n == offset) return mark(place_of(at));
    ++at;
  }
  return at < text_.size() ? mark(place_of(at)) : mark(scalar);
}

std::string Document::null_at(Place place) const {
  const std::string_view rest = std::string_view(text_).substr(offset_of(place));
  for (const std::string_view spelling : {"null", "Null", "NULL", "~"})
    if (rest.starts_with(spelling)) return std::string(spelling);
  return {};
}

bool Document::closes_quote(Place place) const {
  const std::size_t at = offset_of(place);
  const bool quoted = at < text_.size() && (text_[at] == '"' || text_[at] == '\'');
  return !quoted || text_.find(text_[at], at + 1) != std::string::npos;
}

// yaml-cpp takes control characters for other things (0x04 ends its input): a graph has none.
bool Document::check_text(Report& report) {
  if (text_.size() > kLargestText) {
    report.error({file_, 1, 1}, "the file is larger than 1 MiB: this is no graph");
    return false;
  }
  const auto strange =
      std::ranges::find_if(text_, [](char c) { return static_cast<unsigned char>(c) < 0x20 && !is_blank(c); });
  if (strange == text_.end()) return true;
  report.error(
      mark(place_of(static_cast<std::size_t>(strange - text_.begin()))),
      fmt::format("byte 0x{:02x} is no text: a graph is a YAML text file", static_cast<unsigned char>(*strange)));
  return false;
}

bool Document::parse(Report& report) {
  if (!check_text(report)) return false;
  TreeBuilder builder(*this, report);
  try {
    std::istringstream stream(text_);
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) {
      report.error({file_, 1, 1}, "the file is empty: a graph has 'nodes' and 'links'");
      return false;
    }
    root_ = builder.take();
    TreeBuilder second(*this, report);
    if (parser.HandleNextDocument(second))
      report.error(mark(second.take()), "a second document: one file holds one graph");
    return true;
  } catch (const ParseEnded& ended) {
    report.error(mark(place_of_mark(ended.mark)), ended.message);
  } catch (const YAML::Exception& error) {
    report.error(mark(error.mark.is_null() ? Place{} : place_of_mark(error.mark)),
                 fmt::format("not YAML: {}", error.msg));
  }
  return false;
}

Result<std::string> read_text_file(const std::string& path, bool any_kind) {
  namespace fs = std::filesystem;
  std::error_code failed;
  const fs::file_status status = fs::status(path, failed);
  if (!fs::exists(status)) return std::unexpected(Error{path, "there is no such file"});
  if (fs::is_directory(status)) return std::unexpected(Error{path, "is a folder, a graph is a file"});
  if (!any_kind && !fs::is_regular_file(status)) return std::unexpected(Error{path, "is not a regular file"});
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::unexpected(Error{path, fmt::format("cannot be read: {}", std::strerror(errno))});
  std::string text(Document::kLargestText + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

}  // namespace sluice
