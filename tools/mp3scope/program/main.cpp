// mp3scope: looks at every bit of MP3 files and says what it finds.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "apps/common/program.h"
#include "apps/common/run.h"
#include "tools/mp3scope/file_bytes.h"
#include "tools/mp3scope/json_report.h"
#include "tools/mp3scope/pictures/pictures.h"
#include "tools/mp3scope/text_report.h"

namespace {

using namespace sluice;
using namespace sluice::mp3scope;

struct Arguments {
  std::vector<std::string> files;
  std::string png, original;
  bool json = false, frames = false, quiet = false;
};

void add_options(CLI::App& app, Arguments& arguments) {
  app.add_option("file", arguments.files, "MP3 files; - is standard input")->required();
  app.add_flag("--json", arguments.json, "one JSON object a file; with --frames it holds every frame");
  app.add_flag("--frames", arguments.frames, "a line for every frame");
  auto* png =
      app.add_option("--png", arguments.png,
                     "draw PREFIX-bitrate.png and PREFIX-spectrogram.png, and with --original PREFIX-noise.png");
  png->type_name("PREFIX");
  app.add_option("--original", arguments.original, "what was encoded: WAV, FLAC, Ogg, AIFF")
      ->check(CLI::ExistingFile)
      ->needs(png);
  app.add_flag("-q,--quiet", arguments.quiet, "only faults");
}

void print_faults(const std::string& name, const FileReport& report) {
  for (const Fault& fault : report.faults)
    if (fault.severity == Severity::kFault) fmt::print("{}: byte {}: {}\n", name, fault.offset, fault.text);
}

FramePoint point_of(const FrameReport& frame) {
  bool short_blocks = false;
  for (const auto& granule : frame.side.granule)
    for (const mp3::GranuleSide& side : granule) short_blocks = short_blocks || side.block_type == 2;
  return {.kbps = static_cast<float>(frame.kbps),
          .main_data_begin = frame.side.main_data_begin,
          .short_blocks = short_blocks};
}

void save(const Canvas& canvas, const std::string& path) {
  if (!canvas.write_png(path)) throw std::runtime_error(path + ": cannot be written");
  fmt::print(stderr, "{}\n", path);
}

void draw(Bytes bytes, const std::vector<FramePoint>& points, double seconds, const Arguments& arguments) {
  save(draw_bitrate(points, seconds), arguments.png + "-bitrate.png");
  auto decoded = decode_mp3(bytes);
  if (!decoded) throw std::runtime_error("libmpg123 decodes nothing of it: no spectrogram");
  if (arguments.original.empty()) return save(draw_spectrogram(*decoded, nullptr), arguments.png + "-spectrogram.png");
  auto original = read_sound(arguments.original);
  if (!original) throw std::runtime_error(arguments.original + ": libsndfile cannot read it");
  const bool same_rate = original->rate_hz == decoded->rate_hz;
  if (same_rate) align(*decoded, *original);
  save(draw_spectrogram(*decoded, &*original), arguments.png + "-spectrogram.png");
  if (same_rate)
    save(draw_noise(*decoded, *original), arguments.png + "-noise.png");
  else
    fmt::print(stderr, "the MP3 has another sampling rate than the original: no picture of the noise\n");
}

// True when the file is clean.
bool look_at(const std::string& name, Bytes bytes, const Arguments& arguments) {
  Statistics statistics;
  nlohmann::json frames = nlohmann::json::array();
  std::vector<FramePoint> points;
  const bool lines = arguments.frames && !arguments.json;
  if (lines) fmt::print("{}", frame_heading());
  const FileReport report = walk(bytes, [&](const FrameReport& frame) {
    statistics.add(frame);
    if (!arguments.png.empty() && !frame.info_frame) points.push_back(point_of(frame));
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
  if (!arguments.png.empty()) draw(bytes, points, statistics.seconds, arguments);
  return report.fault_count == 0;
}

int run(const Arguments& arguments) {
  if (!arguments.png.empty() && arguments.files.size() > 1) {
    fmt::print(stderr, "error: --png goes with one file\n");
    return apps::kBadUsage;
  }
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
