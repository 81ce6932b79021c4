#include "apps/control/chrome_trace.h"

#include <fmt/format.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <iterator>
#include <nlohmann/json.hpp>

namespace sluice::control {
namespace {

constexpr std::chrono::milliseconds kPeriod{20};  // a ring holds some hundred milliseconds of the busiest graph

std::string json_text(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

Error disk_error(const std::string& path) {
  return {path, fmt::format("the trace cannot be written: {}", std::strerror(errno))};
}

}  // namespace

Result<std::unique_ptr<ChromeTraceFile>> ChromeTraceFile::create(const std::string& path, Tracer& tracer, Time origin) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (!file) return std::unexpected(disk_error(path));
  return std::unique_ptr<ChromeTraceFile>(new ChromeTraceFile(file, path, tracer, origin));
}

ChromeTraceFile::ChromeTraceFile(std::FILE* file, std::string path, Tracer& tracer, Time origin)
    : file_(file), path_(std::move(path)), tracer_(tracer), origin_ns_(origin.time_since_epoch().count()) {
  text_ =
      "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n"
      "{\"ph\":\"M\",\"pid\":1,\"name\":\"process_name\",\"args\":{\"name\":\"sluice\"}}";
  thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

ChromeTraceFile::~ChromeTraceFile() {
  thread_ = {};
  if (file_) std::fclose(file_);
}

void ChromeTraceFile::work(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    write_new();
    stopped.wait_for(lock, stop, kPeriod, [] { return false; });
  }
}

void ChromeTraceFile::write_new() {
  recorded_.clear();
  tracer_.drain(recorded_);
  for (const Tracer::Recorded& recorded : recorded_) {
    if (written_ >= kMostEvents) {
      ++beyond_;
      continue;
    }
    write(recorded);
    ++written_;
  }
  std::fwrite(text_.data(), 1, text_.size(), file_);
  text_.clear();
}

// Times are microseconds.
void ChromeTraceFile::write(const Tracer::Recorded& recorded) {
  const Tracer::Event& event = recorded.event;
  if (event.name >= names_.size()) {
    names_ = tracer_.names();
    for (Tracer::Named& name : names_) name = {json_text(name.text), json_text(name.category)};
  }
  const Tracer::Named& name = names_[event.name];
  const auto out = std::back_inserter(text_);
  fmt::format_to(out, ",\n{{\"pid\":1,\"tid\":{},\"ts\":{:.3f},\"name\":{},\"cat\":{},", recorded.thread + 1,
                 static_cast<double>(event.time_ns - origin_ns_) * 1e-3, name.text, name.category);
  switch (event.kind) {
    case Tracer::Kind::slice:
      fmt::format_to(out, "\"ph\":\"X\",\"dur\":{:.3f}}}", static_cast<double>(event.value) * 1e-3);
      break;
    case Tracer::Kind::counter:
      fmt::format_to(out, "\"ph\":\"C\",\"args\":{{\"value\":{}}}}}", event.value);
      break;
    case Tracer::Kind::instant:
      fmt::format_to(out, "\"ph\":\"i\",\"s\":\"t\",\"args\":{{\"count\":{}}}}}", event.value);
      break;
  }
}

void ChromeTraceFile::write_threads() {
  const std::vector<std::string> threads = tracer_.threads();
  for (std::size_t n = 0; n < threads.size(); ++n)
    if (!threads[n].empty())
      fmt::format_to(std::back_inserter(text_),
                     ",\n{{\"ph\":\"M\",\"pid\":1,\"tid\":{},\"name\":\"thread_name\",\"args\":{{\"name\":{}}}}}",
                     n + 1, json_text(threads[n]));
}

Status ChromeTraceFile::finish() {
  thread_ = {};
  write_new();
  write_threads();
  fmt::format_to(std::back_inserter(text_), "\n],\"otherData\":{{\"lost_events\":{}}}}}\n", lost());
  std::fwrite(text_.data(), 1, text_.size(), file_);
  const bool failed = std::ferror(file_) != 0;
  const bool unclosed = std::fclose(std::exchange(file_, nullptr)) != 0;
  return failed || unclosed ? Status(disk_error(path_)) : Status{};
}

}  // namespace sluice::control
