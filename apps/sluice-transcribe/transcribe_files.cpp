#include "apps/sluice-transcribe/transcribe_files.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>

#include "engine/run/session.h"

namespace sluice::transcribe {
namespace {

namespace fs = std::filesystem;

double counter(const RunReport& report, const char* name) {
  const auto node = report.nodes.find("file");
  if (node == report.nodes.end()) return 0;
  const auto value = node->second.counters.find(name);
  return value == node->second.counters.end() ? 0 : value->second;
}

std::string clock_text(double time_s) {
  const auto s = std::lround(time_s);
  return fmt::format("{}:{:02}", s / 60, s % 60);
}

// "talk.wav  1:10 of 5:00  23 %  31.2x real time".
std::string progress_text(const std::string& name, const RunReport& report) {
  const double done = counter(report, "position_s"), all = counter(report, "length_s");
  std::string text = fmt::format("{}  {}", name, clock_text(done));
  if (all > 0) text += fmt::format(" of {}  {:.0f} %", clock_text(all), 100 * done / all);
  if (report.elapsed_s > 0) text += fmt::format("  {:.1f}x real time", done / report.elapsed_s);
  return text;
}

void print_speed(const std::string& name, const RunReport& report) {
  const double audio = counter(report, "position_s");
  if (audio <= 0) return;
  fmt::print(stderr, "{}: {:.1f} s of audio in {:.1f} s, {:.1f}x real time (RTF {:.3f})\n", name, audio,
             report.elapsed_s, audio / std::max(report.elapsed_s, 1e-9), report.elapsed_s / audio);
}

int transcribe_one(const FilesOptions& options, const std::string& path, Executor& executor,
                   apps::StopSignals& signals) {
  TranscribeOptions one = options.transcribe;
  if (path != "-" && !one.partials) one.recogniser = finals_only(one.recogniser);
  const std::string name = path == "-" ? "standard input" : fs::path(path).filename().string();
  if (!options.folder.empty())
    one.output = (fs::path(options.folder) / fs::path(path).stem()).string() + "." + ending(one.format);
  const bool together = options.files.size() > 1 && options.folder.empty();
  Plan plan =
      apps::load_graph(file_graph(one, path, together ? fs::path(path).stem().string() : ""), apps::OpenPorts::refuse);
  apps::print_causes(plan.diagnostics());
  if (!plan.ok()) return apps::kBadUsage;
  Session session(std::move(plan), executor);
  return apps::run_session(session, signals,
                           {.json = options.json,
                            .quiet = options.quiet,
                            .status = [&](const RunReport& report) { return progress_text(name, report); },
                            .summary = [&](const RunReport& report) { print_speed(name, report); },
                            .started = {}});
}

int usage_error(const std::string& message) {
  fmt::print(stderr, "error: {}\n", message);
  return apps::kBadUsage;
}

}  // namespace

int transcribe_files(const FilesOptions& options, apps::StopSignals& signals) {
  const bool one_text = ending(options.transcribe.format) == "txt";
  if (options.files.size() > 1 && options.folder.empty() && !one_text)
    return usage_error("several files as srt, vtt or jsonl need --output-dir: one file is written for each");
  if (options.files.size() > 1 && options.transcribe.output != "-")
    return usage_error("-o names one file: take --output-dir for several");
  Executor executor;
  int worst = apps::kDone;
  for (const std::string& file : options.files) {
    if (signals.arrived() > 0) break;
    worst = std::max(worst, transcribe_one(options, file, executor, signals));
  }
  return worst;
}

}  // namespace sluice::transcribe
