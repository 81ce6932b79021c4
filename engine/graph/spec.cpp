#include "engine/graph/spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace sluice {
namespace {

auto place(const Diagnostic& d) {
  return std::tie(d.mark.file, d.mark.line, d.mark.column);
}

}  // namespace

const char* to_string(Overload overload) {
  switch (overload) {
    case Overload::wait:
      return "wait";
    case Overload::shed:
      return "shed";
    case Overload::latest:
      return "latest";
    case Overload::fail:
      return "fail";
  }
  return "";
}

const char* to_string(Priority priority) {
  switch (priority) {
    case Priority::automatic:
      return "auto";
    case Priority::realtime:
      return "realtime";
    case Priority::background:
      return "background";
  }
  return "";
}

std::string to_string(const Diagnostic& diagnostic) {
  const Mark& mark = diagnostic.mark;
  const char* kind = diagnostic.warning ? "warning" : "error";
  if (mark.file.empty()) return fmt::format("{}: {}", kind, diagnostic.message);
  if (mark.line == 0) return fmt::format("{}: {}: {}", mark.file, kind, diagnostic.message);
  return fmt::format("{}:{}:{}: {}: {}", mark.file, mark.line, mark.column, kind, diagnostic.message);
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
  return std::ranges::any_of(diagnostics, [](const Diagnostic& d) { return !d.warning; });
}

std::vector<Diagnostic> merge(std::vector<Diagnostic> first, const std::vector<Diagnostic>& second) {
  const std::size_t known = first.size();
  for (const Diagnostic& d : second) {
    const auto same_place = [&](const Diagnostic& other) { return d.mark.line > 0 && place(other) == place(d); };
    if (std::none_of(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(known), same_place)) first.push_back(d);
  }
  std::ranges::stable_sort(first, [](const Diagnostic& a, const Diagnostic& b) { return place(a) < place(b); });
  return first;
}

}  // namespace sluice
