// Any text as a graph: parsed, built and compiled, never run. A first byte of '-' means the one-line form.
// Whatever the text, there is no crash and no hang; a refused graph says why, and every place it names is in the text.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/graph/build.h"
#include "engine/graph/front.h"
#include "engine/graph/plan.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_diagnostics(const std::vector<sluice::Diagnostic>& diagnostics, std::string_view text) {
  const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
  for (const sluice::Diagnostic& diagnostic : diagnostics) {
    require(!diagnostic.message.empty());
    require(diagnostic.mark.line >= 0 && diagnostic.mark.column >= 0);
    if (diagnostic.mark.file == "fuzz.yaml") require(diagnostic.mark.line <= lines + 1);  // + 1: past a last newline
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const sluice::Registry& registry = sluice::Registry::global();
  sluice::FrontOptions options;
  options.environment = [](const char*) -> const char* { return nullptr; };

  const bool one_line = text.starts_with('-');
  if (one_line) text.remove_prefix(1);
  sluice::Parsed parsed = one_line ? sluice::parse_graph_line(text, registry, options)
                                   : sluice::parse_graph_yaml(text, "fuzz.yaml", registry, options);
  check_diagnostics(parsed.diagnostics, text);
  if (!parsed.ok()) return 0;

  sluice::BuiltGraph graph = sluice::build_graph(std::move(parsed.spec), registry);
  check_diagnostics(graph.diagnostics, text);
  if (!graph.ok()) return 0;

  check_diagnostics(sluice::compile(std::move(graph)).diagnostics(), text);
  return 0;
}
