#include "engine/graph/front.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "engine/graph/reader.h"

namespace sluice {
namespace {

std::map<std::string, Given> given_by(const FrontOptions& options) {
  std::map<std::string, Given> given;
  for (const auto& [name, value] : options.vars)
    given[name] = {{value, std::nullopt, "--set " + name}, {"--set", 1, 1}};
  return given;
}

Parsed finish(Load& load, const std::string& file) {
  std::ranges::sort(load.names);
  for (const auto& [name, chain] : load.replacements)
    load.report.unknown({"--replace", 1, 1}, "node", name, "", load.names);
  return {std::move(load.spec), load.report.take(file)};
}

}  // namespace

Parsed parse_graph_yaml(std::string_view text, const std::string& file, const Registry& registry,
                        const FrontOptions& options) {
  namespace fs = std::filesystem;
  Load load(registry, options);
  std::error_code failed;
  load.files.push_back(fs::weakly_canonical(file, failed).string());
  load.spec.name = fs::path(file).stem().string();
  Document document(file, text);
  if (!document.parse(load.report)) return {std::move(load.spec), load.report.take(file)};
  GraphReader reader(load, "", fs::path(file).parent_path(), fs::path(file).filename());
  reader.read(document, given_by(options));
  reader.read_heading(document);
  load.spec.open = reader.take_open_ports();
  return finish(load, file);
}

Parsed parse_graph_file(const std::string& path, const Registry& registry, const FrontOptions& options) {
  const Result<std::string> text = read_text_file(path, true);
  if (text) return parse_graph_yaml(*text, path, registry, options);
  return {GraphSpec{}, {{{path, 1, 1}, text.error().message}}};
}

Parsed parse_graph_line(std::string_view text, const Registry& registry, const FrontOptions& options) {
  const std::string file = "-e";
  Load load(registry, options);
  load.spec.name = "line";
  load.spec.mark = {file, 1, 1};
  GraphReader reader(load, "", "", file);
  reader.read_line(text, file, given_by(options));
  return finish(load, file);
}

}  // namespace sluice
