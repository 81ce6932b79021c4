// sluice top: a running graph in the terminal, seen through its control plane.
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "apps/common/run.h"
#include "apps/control/access.h"
#include "apps/control/http_client.h"
#include "apps/control/top_view.h"
#include "apps/sluice/verbs.h"

namespace sluice::apps {
namespace {

using nlohmann::json;

constexpr auto kRefresh = std::chrono::seconds(1);
constexpr const char* kHome = "\033[H\033[J";  // to the top left, and clear all below

struct TopArguments {
  std::string address;
  bool once = false, json = false;
};

Result<json> look(const control::Address& address, const std::string& token) {
  const auto answer = control::call(address, {.target = "/graph.json", .token = token});
  if (!answer) return std::unexpected(answer.error());
  json graph = json::parse(answer->body, nullptr, false);
  if (answer->status == 200 && graph.is_object() && graph.contains("run")) return graph;
  const bool says_why = graph.is_object() && graph.contains("error");
  return std::unexpected(
      Error{address.text(), says_why ? graph["error"].get<std::string>() : "this is no control plane of sluice"});
}

// As much of `text` as the terminal holds: a line that wraps, or scrolls, could not be drawn over.
std::string fitted(const std::string& text) {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 2 || size.ws_row < 2) return text;
  std::istringstream lines(text);
  std::string shown;
  int row = 1;
  for (std::string line; std::getline(lines, line) && row < size.ws_row; ++row)
    shown += line.substr(0, size.ws_col - 1u) + "\n";
  return shown;
}

int failed(const Error& error, int status) {
  fmt::print(stderr, "error: {}\n", error.text());
  return status;
}

int watch(const control::Address& address, const std::string& token, json now) {
  StopSignals signals;  // Ctrl-C ends it here
  json before;
  for (;;) {
    fmt::print("{}{}", kHome, fitted(control::top_text(now, before)));
    std::fflush(stdout);
    std::this_thread::sleep_for(kRefresh);
    before = std::move(now);
    Result<json> next = look(address, token);
    if (!next) {
      fmt::print("\nthe graph has ended\n");
      return kDone;
    }
    now = std::move(*next);
  }
}

int top(const TopArguments& arguments) {
  const auto address = control::parse_address(arguments.address);
  if (!address) return failed(address.error(), kBadUsage);
  const auto token = control::token_of_environment();
  if (!token) return failed(token.error(), kBadUsage);
  Result<json> now = look(*address, *token);
  if (!now) return failed(now.error(), kFailedWhileRunning);
  if (!arguments.json && !arguments.once && isatty(STDOUT_FILENO)) return watch(*address, *token, std::move(*now));
  fmt::print("{}", arguments.json ? now->dump(2) + "\n" : control::top_text(*now, {}));
  return kDone;
}

}  // namespace

void add_top(CLI::App& app, Command& chosen) {
  CLI::App* verb = app.add_subcommand("top", "watch a running graph: islands, CPU, queues, latency against its budget");
  const auto arguments = std::make_shared<TopArguments>();
  verb->add_option("address", arguments->address, "[ADDRESS:]PORT of its control plane; 127.0.0.1:8001 when not given");
  verb->add_flag("--once", arguments->once, "print one look and end, as without a terminal");
  verb->add_flag("--json", arguments->json, "print one look as JSON and end");
  verb->callback([&chosen, arguments] { chosen = [arguments] { return top(*arguments); }; });
}

}  // namespace sluice::apps
