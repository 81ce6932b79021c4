// A folder of models for tests of what uses sherpa-onnx: files that look like models, and a library that only counts
// (tests/transcribe/scripted_sherpa.cpp).
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace sluice::speech {

// What the stand-in has been asked for. The function "scripted_sherpa_counts" in it returns these.
struct ScriptedSherpaCounts {
  int online_recognisers = 0, offline_recognisers = 0, streams = 0;  // alive
  int samples = 0;                                                   // that streaming ones were given
  int is_final = 0;                                                  // streams that were told so
};

// While it lives, $SLUICE_MODELS names it.
class ScriptedModels {
 public:
  ScriptedModels() : folder_(std::filesystem::temp_directory_path() / ("sherpa-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_ / "lib");
    const auto programs = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    std::filesystem::create_symlink(programs / "sherpa/libsherpa-onnx-c-api.so",
                                    folder_ / "lib/libsherpa-onnx-c-api.so");
    if (const char* const named = std::getenv("SLUICE_MODELS")) before_ = named;
    ::setenv("SLUICE_MODELS", folder_.c_str(), 1);
  }
  ~ScriptedModels() {
    if (before_.empty())
      ::unsetenv("SLUICE_MODELS");
    else
      ::setenv("SLUICE_MODELS", before_.c_str(), 1);
    std::filesystem::remove_all(folder_);
  }
  ScriptedModels(const ScriptedModels&) = delete;
  ScriptedModels& operator=(const ScriptedModels&) = delete;

  std::string path(std::string_view name) const { return (folder_ / name).string(); }
  std::string library() const { return path("lib/libsherpa-onnx-c-api.so"); }

  std::string write(std::string_view name, std::string_view content) const {
    std::ofstream(folder_ / name, std::ios::binary) << content;
    return path(name);
  }

  // An ONNX envelope around nothing, with these keys (blanks between) as metadata.
  std::string network(std::string_view name, std::string_view keys = "") const {
    std::string bytes = std::string("\x08\x08") + field(7, "graph");
    while (!keys.empty()) {
      const std::string key(keys.substr(0, keys.find(' ')));
      keys.remove_prefix(std::min(keys.size(), key.size() + 1));
      bytes += field(14, field(1, key) + field(2, "1"));
    }
    return write(name, bytes);
  }

  std::string tokens(std::string_view name = "tokens.txt") const {
    return write(name, "<blk> 0\n\xe2\x96\x81ONE 1\nTWO 2\n");
  }

 private:
  // A field of bytes, shorter than 128 (protobuf.dev, "Encoding").
  static std::string field(int number, const std::string& bytes) {
    return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())} + bytes;
  }

  const std::filesystem::path folder_;
  std::string before_;
};

}  // namespace sluice::speech
