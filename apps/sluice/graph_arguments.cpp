#include "apps/sluice/graph_arguments.h"

namespace sluice::apps {
namespace {

std::pair<std::string, std::string> split(const std::string& text, const char* option) {
  auto assignment = split_assignment(text, option);
  if (!assignment) throw CLI::ValidationError(option, assignment.error().message);
  return *assignment;
}

}  // namespace

std::shared_ptr<GraphArguments> GraphArguments::add_to(CLI::App& verb) {
  auto arguments = std::make_shared<GraphArguments>();
  CLI::Option* file =
      verb.add_option("graph", arguments->file_, "a graph file, or the name of one that came with sluice");
  CLI::Option* line =
      verb.add_option("-e", arguments->line_,
                      "a graph in one line: 'file.read(in.wav) -> mp3.encode(bitrate=192) -> file.write(out.mp3)'");
  file->excludes(line);
  verb.add_option("--set", arguments->set_, "NAME=VALUE: give a variable of the graph a value")
      ->allow_extra_args(false);
  verb.add_option("--replace", arguments->replace_,
                  "NODE=CHAIN: put another chain in a node's place: mic='file.read(in.wav) -> pace'")
      ->allow_extra_args(false);
  verb.add_option("--add", arguments->add_, "CHAIN: a further chain: 'mux -> file.write(archive.mp3)'")
      ->allow_extra_args(false);
  verb.add_option("--plugin", arguments->plugins_, "FILE: a shared library of further nodes (also: $SLUICE_PLUGINS)")
      ->allow_extra_args(false);
  return arguments;
}

GraphRequest GraphArguments::request() const {
  if (file_.empty() && line_.empty()) throw CLI::ValidationError("graph", "is missing: a file, or -e 'LINE'");
  GraphRequest request{.file = file_, .line = line_, .vars = {}, .replacements = {}, .additions = add_};
  request.plugins = plugins_;
  for (const std::string& text : set_) {
    auto [name, value] = split(text, "--set");
    request.vars.insert_or_assign(std::move(name), std::move(value));
  }
  for (const std::string& text : replace_) request.replacements.push_back(split(text, "--replace"));
  return request;
}

}  // namespace sluice::apps
