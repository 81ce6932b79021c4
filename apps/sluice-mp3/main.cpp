// sluice-mp3: encodes sound files as MP3, by graphs/file_to_mp3.yaml.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "apps/common/program.h"
#include "apps/sluice-mp3/batch.h"
#include "apps/sluice-mp3/histogram.h"

namespace {

using namespace sluice;
using namespace sluice::apps;

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

void print_done(const RunReport& report, const EncodeJob& job, const EncodeOptions& options) {
  const double done = source_counter(report, "position_s");
  fmt::print(stderr, "{} -> {}: {:.1f} s at {} in {:.2f} s ({:.0f}x real time)\n", job.in, job.out, done,
             rate_text(options), report.elapsed_s, done / std::max(report.elapsed_s, 1e-3));
  const auto& gain = report.nodes.at("tag").counters;
  if (options.replay_gain && job.out != "-")
    fmt::print(stderr, "ReplayGain {:+.1f} dB, peak {:.4f}\n", gain.at("track_gain_db"), gain.at("peak"));
}

void print_histogram(const EncodeJob& job) {
  const BitrateHistogram histogram = read_histogram(job.out);
  fmt::print(stderr, "{}{:.1f} kbit/s on average\n", histogram.text(), histogram.mean_kbps());
}

int encode_one(const EncodeJob& job, const EncodeOptions& options, StopSignals& signals) {
  Plan plan = load_graph(request_for(options, job.in, job.out), OpenPorts::refuse);
  print_causes(plan.diagnostics());
  if (!plan.ok()) return kBadUsage;
  Executor executor({.realtime_workers = 0, .elastic_workers = 2, .raise_priority = false});
  Session session(std::move(plan), executor);
  RunView view{.json = options.json, .quiet = options.quiet, .status = progress, .summary = {}, .started = {}};
  view.summary = [&](const RunReport& report) { print_done(report, job, options); };
  const int status = run_session(session, signals, view);
  if (status == kDone && !options.quiet && !options.no_histogram && !options.constant_bitrate() && job.out != "-")
    print_histogram(job);
  return status;
}

int encode(EncodeOptions& options) {
  StopSignals signals;
  if (const Status status = settle(options); !status) {
    fmt::print(stderr, "error: {}\n", status.error().text());
    return kBadUsage;
  }
  const auto jobs = find_jobs(options.names, options.out_dir);
  if (!jobs) {
    fmt::print(stderr, "error: {}\n", jobs.error().text());
    return kBadUsage;
  }
  return jobs->size() == 1 ? encode_one(jobs->front(), options, signals) : encode_batch(*jobs, options, signals);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"sluice-mp3: encodes sound files as MP3. LAME's familiar flags."};
  app.set_version_flag("--version", "sluice-mp3 " SLUICE_VERSION);
  EncodeOptions options;
  add_options(app, options);
  return run_program(app, argc, argv, [&] { return encode(options); });
}
