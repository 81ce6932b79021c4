#include "engine/graph/scope.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "engine/graph/chain.h"

namespace sluice {
namespace {

bool is_variable_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

// What follows a '$': the name inside, and how many bytes the whole reference has. Empty: no reference.
struct Reference {
  std::string_view name;
  std::size_t length = 0;
};

Reference read_reference(std::string_view text) {
  if (text.starts_with("$$")) return {"$", 2};
  if (text.starts_with("${")) {
    const std::size_t close = text.find('}');
    return close == std::string_view::npos ? Reference{} : Reference{text.substr(2, close - 2), close + 1};
  }
  std::size_t end = 1;
  while (end < text.size() && is_variable_char(text[end])) ++end;
  return end == 1 ? Reference{} : Reference{text.substr(1, end - 1), end};
}

constexpr std::string_view kEnvironment = "env:";

// Replaces every reference by what `lookup` makes of its name; nullopt from it leaves the result broken.
template <typename Lookup>
void replace(Substituted& result, std::string_view text, Report& report, ExpansionBudget& budget,
             const Lookup& lookup) {
  while (!text.empty() && !result.broken) {
    const std::size_t dollar = std::min(text.find('$'), text.size());
    result.text += text.substr(0, dollar);
    text.remove_prefix(dollar);
    if (text.empty()) break;
    const Reference reference = read_reference(text);
    if (reference.length == 0) {
      report.error(result.mark, "a '$' begins a variable, $name or ${name}: write $$ for a dollar sign");
      result.broken = true;
    } else if (reference.name == "$") {
      result.text += '$';
    } else if (const std::optional<std::string> value = lookup(reference.name)) {
      result.text += *value;
    } else {
      result.broken = true;
    }
    text.remove_prefix(reference.length);
    if (result.text.size() > std::min(budget.left, ExpansionBudget::kLongestValue)) {
      report.error(result.mark, "the value is too long once its variables are filled in (64 KiB each, 16 MiB in all)");
      result.broken = true;
    }
  }
  budget.left -= std::min(budget.left, result.text.size());
}

}  // namespace

std::vector<std::string> Scope::names() const {
  std::vector<std::string> names;
  for (const auto& [name, variable] : variables_) names.push_back(name);
  return names;
}

Substituted Scope::substitute(std::string_view text, const Mark& mark, Report& report, ExpansionBudget& budget) const {
  Substituted result{.text = {}, .mark = mark, .origin = {}};
  const bool whole = text.starts_with('$') && read_reference(text).length == text.size();
  replace(result, text, report, budget, [&](std::string_view name) -> std::optional<std::string> {
    if (name.starts_with(kEnvironment)) {
      report.error(mark, "the environment is read in the default of a variable only: vars: { name: ${env:NAME} }");
      return {};
    }
    const auto found = variables_.find(name);
    if (found == variables_.end()) {
      report.unknown(mark, "variable", name, "", names());
      return {};
    }
    const Variable& variable = found->second;
    if (variable.broken) return {};
    if (whole) {
      result.mark = variable.mark.value_or(mark);
      result.origin = variable.origin;
    }
    return variable.value;
  });
  return result;
}

Substituted substitute_environment(std::string_view text, const Mark& mark, const Scope::Environment& environment,
                                   Report& report, ExpansionBudget& budget) {
  Substituted result{.text = {}, .mark = mark, .origin = {}};
  replace(result, text, report, budget, [&](std::string_view name) -> std::optional<std::string> {
    if (!name.starts_with(kEnvironment)) {
      report.error(
          mark, fmt::format("{}: a variable's default may read the environment, ${{env:NAME}}, but no other variable",
                            in_quotes(name)));
      return {};
    }
    name.remove_prefix(kEnvironment.size());
    const std::size_t otherwise = name.find(":-");
    const std::string variable(name.substr(0, otherwise));
    if (const char* value = environment(variable.c_str())) return value;
    if (otherwise != std::string_view::npos) return std::string(name.substr(otherwise + 2));
    report.error(mark, fmt::format("the environment has no {}: set it, or give a default, ${{env:{}:-...}}",
                                   in_quotes(variable), variable));
    return {};
  });
  return result;
}

}  // namespace sluice
