// sluice apply: makes a running graph the one of a file, without stopping it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "apps/common/graph_files.h"
#include "apps/common/run.h"
#include "apps/control/access.h"
#include "apps/control/http_client.h"
#include "apps/sluice/graph_arguments.h"
#include "apps/sluice/verbs.h"
#include "engine/graph/print.h"
#include "nodes/net/kernels/web_text.h"

namespace sluice::apps {
namespace {

using nlohmann::json;

constexpr auto kApplyTime = std::chrono::seconds(60);  // nodes open devices and files, what leaves is drained

struct ApplyArguments {
  std::string address;
  bool json = false;
};

int failed(const Error& error, int status) {
  fmt::print(stderr, "error: {}\n", error.text());
  return status;
}

// What the graph is called over there. Its folder is where relative paths are looked up.
std::string sent_name(const GraphRequest& graph) {
  std::error_code unknown;
  const auto path = std::filesystem::absolute(graph.line.empty() ? find_graph(graph.file) : "line", unknown);
  return path.string() + " (as sent)";
}

void print_edit(const json& edit) {
  bool nothing = true;
  for (const char* what : {"replaced", "added", "removed", "changed"}) {
    const auto names = edit.value(what, std::vector<std::string>{});
    if (names.empty()) continue;
    nothing = false;
    fmt::print("{}: {}\n", what, fmt::join(names, ", "));
  }
  if (nothing) fmt::print("nothing differs from the running graph\n");
  for (const std::string& problem : edit.value("unclean", std::vector<std::string>{}))
    fmt::print(stderr, "warning: {}\n", problem);
}

int print_errors(const json& answer, int status) {
  for (const json& error : answer.value("errors", json::array())) {
    const Mark mark{error.value("file", ""), error.value("line", 0), error.value("column", 0)};
    fmt::print(stderr, "{}\n", to_string(Diagnostic{mark, error.value("message", ""), false}));
  }
  if (answer.contains("error")) fmt::print(stderr, "error: {}\n", answer.value("error", ""));
  return status == 422 ? kBadUsage : kFailedWhileRunning;
}

int apply(const GraphRequest& graph, const ApplyArguments& arguments) {
  const auto address = control::parse_address(arguments.address);
  if (!address) return failed(address.error(), kBadUsage);
  const auto token = control::token_of_environment();
  if (!token) return failed(token.error(), kBadUsage);
  const Plan plan = load_graph(graph, OpenPorts::refuse);
  print_diagnostics(plan.diagnostics());
  if (!plan.ok()) return kBadUsage;
  const auto answer = control::call(*address, {.method = "POST",
                                               .target = "/apply?name=" + net::percent_encode(sent_name(graph)),
                                               .body = to_yaml(plan.graph.spec),
                                               .content_type = "application/yaml",
                                               .token = *token,
                                               .time = kApplyTime});
  if (!answer) return failed(answer.error(), kFailedWhileRunning);
  const json said = json::parse(answer->body, nullptr, false);
  if (!said.is_object()) return failed({address->text(), "this is no control plane of sluice"}, kFailedWhileRunning);
  if (arguments.json) fmt::print("{}\n", said.dump(2));
  if (answer->status != 200) return print_errors(said, answer->status);
  if (!arguments.json) print_edit(said);
  return kDone;
}

}  // namespace

void add_apply(CLI::App& app, Command& chosen) {
  CLI::App* verb =
      app.add_subcommand("apply", "make a running graph this one; what is the same goes on, and never stops");
  const auto graph = GraphArguments::add_to(*verb);
  const auto arguments = std::make_shared<ApplyArguments>();
  verb->add_option("--control", arguments->address,
                   "[ADDRESS:]PORT of its control plane; 127.0.0.1:8001 when not given");
  verb->add_flag("--json", arguments->json, "print what the control plane answers");
  verb->callback([&chosen, graph, arguments] {
    chosen = [request = graph->request(), arguments] { return apply(request, *arguments); };
  });
}

}  // namespace sluice::apps
