// A YAML text as a small tree with places: mappings, lists and scalars, nothing else. Internal to the graph room.
// Bounded: 1 MiB of text, 16 levels, 200,000 values; anchors, aliases, tags and duplicate keys are errors.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/result.h"
#include "engine/graph/report.h"

namespace sluice {

struct Place {
  int line = 1, column = 1;  // 1-based, in bytes
};

struct Entry;

struct Value {
  enum class Kind { nothing, scalar, list, map };
  Kind kind = Kind::nothing;
  Place place;
  std::string text;            // scalar
  bool quoted = false;         // scalar: in quotes or a block, so never empty by accident
  std::vector<Value> items;    // list
  std::vector<Entry> entries;  // map, in the order of the text

  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_list() const { return kind == Kind::list; }
  bool is_map() const { return kind == Kind::map; }
  bool is_nothing() const { return kind == Kind::nothing; }
  bool is_empty() const { return is_nothing() || (!is_scalar() && items.empty() && entries.empty()); }
  const Value* find(std::string_view key) const;  // map
};

struct Entry {
  std::string key;
  Place place;  // of the key
  Value value;
};

class Document {
 public:
  static constexpr std::size_t kLargestText = std::size_t{1} << 20;  // bytes

  Document(std::string file, std::string_view text);

  // Reads the text; reports what is wrong with it. False when there is no tree to look at.
  bool parse(Report& report);

  const Value& root() const { return root_; }
  const std::string& file() const { return file_; }
  Mark mark(Place place) const { return {file_, place.line, place.column}; }
  Mark mark(const Value& value) const { return mark(value.place); }
  // Where byte `offset` of a scalar's text stands in the file, through quotes, folding and indentation;
  // the scalar's own place where escapes make that unclear.
  Mark mark(const Value& scalar, std::size_t offset) const;
  // The spelling of YAML's nothing that stands at `place`; empty when nothing does.
  std::string null_at(Place place) const;
  // False when a quote stands at `place` and none of its kind behind it: yaml-cpp takes the rest of the file for text.
  bool closes_quote(Place place) const;

 private:
  bool check_text(Report& report);
  std::size_t offset_of(Place place) const;
  Place place_of(std::size_t offset) const;

  std::string file_, text_;
  std::vector<std::size_t> lines_;  // offset of each line's first byte
  Value root_;
};

// The content of a regular file (or, when `any_kind`, of a pipe too) of at most kLargestText bytes.
Result<std::string> read_text_file(const std::string& path, bool any_kind);

}  // namespace sluice
