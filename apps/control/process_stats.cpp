#include "apps/control/process_stats.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace sluice::control {
namespace {

// The fields of /proc/self/stat after the name, which is in brackets and may hold anything; [0] is field 3, the state.
std::vector<std::string> stat_fields() {
  std::ifstream file("/proc/self/stat");
  std::string text;
  std::getline(file, text);
  std::istringstream rest(text.substr(std::min(text.rfind(')') + 1, text.size())));
  std::vector<std::string> fields;
  for (std::string field; rest >> field;) fields.push_back(field);
  return fields;
}

double boot_time_s() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  return 0;
}

int entries_of(const char* folder) {
  std::error_code failed;
  int count = 0;
  for (std::filesystem::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed))
    ++count;
  return count;
}

}  // namespace

// proc(5), /proc/[pid]/stat: (14) utime, (15) stime, (20) num_threads, (22) starttime, (23) vsize, (24) rss in pages.
ProcessStats process_stats() {
  const std::vector<std::string> fields = stat_fields();
  if (fields.size() < 22) return {};
  const auto field = [&](std::size_t number) { return std::stod(fields[number - 3]); };
  const double tick = 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  return {.cpu_s = (field(14) + field(15)) * tick,
          .start_time_s = boot_time_s() + field(22) * tick,
          .resident_bytes = field(24) * static_cast<double>(::sysconf(_SC_PAGESIZE)),
          .virtual_bytes = field(23),
          .threads = static_cast<int>(field(20)),
          .open_files = entries_of("/proc/self/fd")};
}

}  // namespace sluice::control
