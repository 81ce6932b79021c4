#include "apps/sluice-mp3/jobs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

namespace sluice::apps {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 11> kSoundEndings = {".wav", ".flac", ".ogg", ".oga", ".opus", ".aiff",
                                                            ".aif", ".aifc", ".au",  ".caf", ".w64"};

bool is_sound_file(const fs::path& path) {
  std::string ending = path.extension().string();
  std::ranges::transform(ending, ending.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return std::ranges::find(kSoundEndings, ending) != kSoundEndings.end();
}

bool is_folder(const std::string& name) {
  std::error_code failed;
  return name != "-" && fs::is_directory(name, failed);
}

bool same_file(const std::string& a, const std::string& b) {
  std::error_code failed;
  return a != "-" && b != "-" && fs::equivalent(a, b, failed);
}

std::string output_of(const fs::path& in, const fs::path& within, const std::string& out_dir) {
  const fs::path place = out_dir.empty() ? in : fs::path(out_dir) / within;
  return fs::path(place).replace_extension(".mp3").string();
}

Status add_folder(const std::string& folder, const std::string& out_dir, std::vector<EncodeJob>& jobs) {
  std::vector<fs::path> found;
  std::error_code failed;
  for (fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, failed), end;
       !failed && at != end; at.increment(failed))
    if (at->is_regular_file(failed) && is_sound_file(at->path())) found.push_back(at->path());
  if (failed) return Error{folder, failed.message()};
  if (found.empty()) return Error{folder, "holds no sound file"};
  std::ranges::sort(found);
  for (const fs::path& in : found) jobs.push_back({in.string(), output_of(in, in.lexically_relative(folder), out_dir)});
  return {};
}

Status check_outputs(const std::vector<EncodeJob>& jobs) {
  std::set<std::string> outputs;
  for (const EncodeJob& job : jobs) {
    if (job.out != "-" && !outputs.insert(fs::path(job.out).lexically_normal().string()).second)
      return Error{job.out, "two inputs would become this file"};
    for (const EncodeJob& other : jobs)
      if (same_file(other.in, job.out))
        return Error{job.out, "would overwrite what is read: name another output, or --out-dir"};
  }
  return {};
}

Status make_folders(const std::vector<EncodeJob>& jobs) {
  for (const EncodeJob& job : jobs) {
    const fs::path folder = fs::path(job.out).parent_path();
    std::error_code failed;
    if (!folder.empty()) fs::create_directories(folder, failed);
    if (failed) return Error{folder.string(), failed.message()};
  }
  return {};
}

}  // namespace

Result<std::vector<EncodeJob>> find_jobs(const std::vector<std::string>& names, const std::string& out_dir) {
  std::vector<EncodeJob> jobs;
  const bool many = !out_dir.empty() || names.size() > 2 || std::ranges::any_of(names, is_folder);
  if (!many) {
    const std::string& in = names.front();
    if (names.size() == 2 && names[1] != "-" && is_sound_file(names[1]))
      return std::unexpected(Error{names[1], "an MP3 file should end in .mp3; to encode several files give --out-dir"});
    jobs.push_back({in, names.size() == 2 ? names[1] : in == "-" ? "-" : output_of(in, {}, {})});
  }
  for (const std::string& name : many ? names : std::vector<std::string>{}) {
    if (name == "-") return std::unexpected(Error{"-", "standard input goes with one output, not with several files"});
    if (!is_folder(name))
      jobs.push_back({name, output_of(name, fs::path(name).filename(), out_dir)});
    else if (Status status = add_folder(name, out_dir, jobs); !status)
      return std::unexpected(status.error());
  }
  if (Status status = check_outputs(jobs); !status) return std::unexpected(status.error());
  if (Status status = many ? make_folders(jobs) : Status{}; !status) return std::unexpected(status.error());
  return jobs;
}

}  // namespace sluice::apps
