// The variables of one graph text, and their substitution: `$name`, `${name}`, `$$` for a dollar sign; in the default
// of a variable only, `${env:NAME}` and `${env:NAME:-otherwise}`. Values are never looked into again. Internal to the
// graph room.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/graph/report.h"

namespace sluice {

struct Variable {
  std::string value;
  std::optional<Mark> mark;  // where the value was written; none: outside of any text (--set)
  std::string origin;        // "--set bitrate"
  bool broken = false;       // has no value, which was reported
};

// What a scalar means after substitution, and where a complaint about it belongs.
struct Substituted {
  std::string text;
  Mark mark;
  std::string origin;
  bool broken = false;  // an error was reported
};

// Bytes that substitution may still produce: one budget for a whole load.
struct ExpansionBudget {
  static constexpr std::size_t kLongestValue = std::size_t{64} << 10;
  std::size_t left = std::size_t{16} << 20;
};

class Scope {
 public:
  using Environment = std::function<const char*(const char*)>;

  void define(std::string name, Variable variable) {
    variables_.insert_or_assign(std::move(name), std::move(variable));
  }
  bool contains(std::string_view name) const { return variables_.contains(name); }

  // `text` with its variables replaced. A text that is one variable and nothing else takes that variable's place.
  Substituted substitute(std::string_view text, const Mark& mark, Report& report, ExpansionBudget& budget) const;

 private:
  std::vector<std::string> names() const;
  std::map<std::string, Variable, std::less<>> variables_;
};

// The default of a variable, with the environment read.
Substituted substitute_environment(std::string_view text, const Mark& mark, const Scope::Environment& environment,
                                   Report& report, ExpansionBudget& budget);

}  // namespace sluice
