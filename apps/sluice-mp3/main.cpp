// sluice-mp3: encodes a sound file as MP3, by graphs/file_to_mp3.yaml.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>

#include "apps/common/graph_files.h"
#include "apps/common/load_graph.h"
#include "apps/common/program.h"
#include "apps/common/run.h"

namespace {

using namespace sluice;
using namespace sluice::apps;

struct Arguments {
  std::string in, out, raw;
  int bitrate = 128;
  int threads = 1;
  char mode = 'a';
  double lowpass_khz = 0;
  bool no_reservoir = false, crc = false, quiet = false, json = false;
};

void add_options(CLI::App& app, Arguments& arguments) {
  app.add_option("in", arguments.in, "WAV, FLAC, Ogg, AIFF or MP3; - is standard input")->required();
  app.add_option("out", arguments.out, "the MP3 file; - is standard output; without it IN with the ending .mp3");
  app.add_option("-b", arguments.bitrate, "kbit/s, a constant bitrate of MP3")->capture_default_str();
  app.add_option("-m", arguments.mode, "s stereo, j joint stereo, m mono; a lets the encoder choose")
      ->check(CLI::IsMember({'a', 's', 'j', 'm'}))
      ->capture_default_str();
  app.add_option("--raw", arguments.raw, "what headerless input holds, as in s16le:44100:2");
  app.add_option("--lowpass", arguments.lowpass_khz, "cut-off in kHz; 0: by bitrate")->check(CLI::Range(0.0, 24.0));
  app.add_option("--threads", arguments.threads, "2 encodes on two processors; the bytes are the same")
      ->check(CLI::Range(1, 2))
      ->capture_default_str();
  app.add_flag("--nores", arguments.no_reservoir, "no bit reservoir: every frame stands alone");
  app.add_flag("-p", arguments.crc, "protect every frame's header by a checksum");
  app.add_flag("-S,--quiet,--silent", arguments.quiet, "no progress and no summary");
  app.add_flag("--json", arguments.json, "print one JSON object with the measurements at the end");
}

const char* mode_name(char mode) {
  switch (mode) {
    case 's':
      return "stereo";
    case 'j':
      return "joint";
    case 'm':
      return "mono";
    default:
      return "auto";
  }
}

std::string output_name(const Arguments& arguments) {
  if (!arguments.out.empty()) return arguments.out;
  if (arguments.in == "-") return "-";
  return std::filesystem::path(arguments.in).replace_extension(".mp3").string();
}

bool same_file(const std::string& a, const std::string& b) {
  std::error_code failed;
  return a != "-" && std::filesystem::equivalent(a, b, failed);
}

GraphRequest request_for(const Arguments& arguments, const std::string& out) {
  return {.file = find_own_graph("file_to_mp3"),
          .line = {},
          .vars = {{"in", arguments.in},
                   {"out", out},
                   {"raw", arguments.raw},
                   {"bitrate", std::to_string(arguments.bitrate)},
                   {"mode", mode_name(arguments.mode)},
                   {"lowpass", fmt::format("{} kHz", arguments.lowpass_khz)},
                   {"reservoir", arguments.no_reservoir ? "false" : "true"},
                   {"crc", arguments.crc ? "true" : "false"},
                   {"split", arguments.threads > 1 ? "true" : "false"}},
          .replacements = {}};
}

double source_counter(const RunReport& report, const char* name) {
  return report.nodes.at("source").counters.at(name);
}

// " 42 %  310x real time  0:03 left".
std::string progress(const RunReport& report) {
  const double done = source_counter(report, "position_s"), length = source_counter(report, "length_s");
  const double speed = report.elapsed_s > 0 ? done / report.elapsed_s : 0;
  if (length <= 0 || speed <= 0) return fmt::format("{:.0f} s  {:.0f}x real time", done, speed);
  const auto left = static_cast<long>((length - done) / speed + 0.5);
  return fmt::format("{:3.0f} %  {:.0f}x real time  {}:{:02} left", 100 * done / length, speed, left / 60, left % 60);
}

void print_done(const RunReport& report, const Arguments& arguments, const std::string& out) {
  const double done = source_counter(report, "position_s");
  fmt::print(stderr, "{} -> {}: {:.1f} s at {} kbit/s in {:.2f} s ({:.0f}x real time)\n", arguments.in, out, done,
             arguments.bitrate, report.elapsed_s, done / std::max(report.elapsed_s, 1e-3));
}

int encode(const Arguments& arguments) {
  StopSignals signals;
  const std::string out = output_name(arguments);
  if (same_file(arguments.in, out)) {
    fmt::print(stderr, "error: {} would overwrite what it reads: name another output\n", out);
    return kBadUsage;
  }
  Plan plan = load_graph(request_for(arguments, out), OpenPorts::refuse);
  print_diagnostics(plan.diagnostics());
  if (!plan.ok()) return kBadUsage;
  Executor executor({.realtime_workers = 0, .elastic_workers = 2, .raise_priority = false});
  Session session(std::move(plan), executor);
  RunView view{.json = arguments.json, .quiet = arguments.quiet, .status = progress, .summary = {}, .started = {}};
  view.summary = [&](const RunReport& report) { print_done(report, arguments, out); };
  return run_session(session, signals, view);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"sluice-mp3: encodes a sound file as MP3."};
  app.set_version_flag("--version", "sluice-mp3 " SLUICE_VERSION);
  Arguments arguments;
  add_options(app, arguments);
  return run_program(app, argc, argv, [&] { return encode(arguments); });
}
