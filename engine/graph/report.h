// Collects the errors of a graph text and words them: what is wrong, what is allowed, the nearest right name.
// Internal to the graph room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/graph/spec.h"

namespace sluice {

// Text of the user's as it may stand in a message: in quotes, at most 60 bytes, control characters escaped.
std::string in_quotes(std::string_view text);

// "a, b, c", at most a dozen.
std::string listed(const std::vector<std::string>& names);

// The candidate that `name` most likely stands for, or empty. Optimal string alignment distance (Damerau 1964) of at
// most a third of the longer name; a leading or trailing part of a candidate counts as near too ("freq", "capture").
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);

// Keeps each error once.
class Report {
 public:
  static constexpr std::size_t kMostErrors = 100;  // more help nobody, and bound the work on hostile input

  void error(const Mark& mark, std::string message, std::string cause = {});
  void warning(const Mark& mark, std::string message);
  // "unknown parameter 'bitrat' of 'enc': did you mean 'bitrate'? allowed: bitrate, mode"
  // `what` is what precedes the name, `of` what follows it; either may be empty.
  void unknown(const Mark& mark, std::string_view what, std::string_view name, std::string_view of,
               const std::vector<std::string>& candidates);
  // True when nothing more will be kept.
  bool full() const { return diagnostics_.size() >= kMostErrors; }

  // In order of place; those of `main_file` first.
  std::vector<Diagnostic> take(const std::string& main_file);

 private:
  void add(Diagnostic diagnostic);
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace sluice
