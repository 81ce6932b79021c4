// mp3scope: looks at every bit of MP3 files and says what it finds.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstring>
#include <nlohmann/json.hpp>

#include "apps/common/program.h"
#include "apps/common/run.h"
#include "tools/mp3scope/file_bytes.h"
#include "tools/mp3scope/json_report.h"
#include "tools/mp3scope/text_report.h"

namespace {

using namespace sluice;
using namespace sluice::mp3scope;

struct Arguments {
  std::vector<std::string> files;
  bool json = false, frames = false, quiet = false;
};

void add_options(CLI::App& app, Arguments& arguments) {
  app.add_option("file", arguments.files, "MP3 files; - is standard input")->required();
  app.add_flag("--json", arguments.json, "one JSON object a file; with --frames it holds every frame");
  app.add_flag("--frames", arguments.frames, "a line for every frame");
  app.add_flag("-q,--quiet", arguments.quiet, "only faults");
}

void print_faults(const std::string& name, const FileReport& report) {
  for (const Fault& fault : report.faults)
    if (fault.severity == Severity::kFault) fmt::print("{}: byte {}: {}\n", name, fault.offset, fault.text);
}

// True when the file is clean.
bool look_at(const std::string& name, Bytes bytes, const Arguments& arguments) {
  Statistics statistics;
  nlohmann::json frames = nlohmann::json::array();
  const bool lines = arguments.frames && !arguments.json;
  if (lines) fmt::print("{}", frame_heading());
  const FileReport report = walk(bytes, [&](const FrameReport& frame) {
    statistics.add(frame);
    if (lines) fmt::print("{}", frame_line(frame));
    if (arguments.frames && arguments.json) frames.push_back(json_of(frame));
  });
  if (arguments.json) {
    nlohmann::json out = json_of(name, report, read_tags(bytes, report), statistics);
    if (arguments.frames) out["frames"] = std::move(frames);
    fmt::print("{}\n", out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  } else if (arguments.quiet) {
    print_faults(name, report);
  } else {
    fmt::print("{}", summary(name, report, read_tags(bytes, report), statistics));
  }
  return report.fault_count == 0;
}

int run(const Arguments& arguments) {
  bool clean = true;
  for (const std::string& name : arguments.files) {
    const auto file = FileBytes::read(name);
    if (!file) {
      fmt::print(stderr, "error: {}: {}\n", name, std::strerror(errno));
      return apps::kBadUsage;
    }
    clean = look_at(name, file->bytes(), arguments) && clean;
  }
  return clean ? apps::kDone : apps::kFailedWhileRunning;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"mp3scope: looks at every bit of MP3 files. Exit status 0: clean, 1: faults were found."};
  app.set_version_flag("--version", "mp3scope " SLUICE_VERSION);
  Arguments arguments;
  add_options(app, arguments);
  return apps::run_program(app, argc, argv, [&] { return run(arguments); });
}
