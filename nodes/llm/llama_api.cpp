#ifdef SLUICE_LLAMA
#include "nodes/llm/llama_api.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <ggml-backend.h>

#include <cstdlib>
#include <filesystem>
#include <mutex>

#include "engine/core/shared_library.h"

namespace sluice::llm {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLlama = "libllama.v0.5.0.so";  // that whose headers tools/setup models fetches
constexpr const char* kGgml = "libggml.v0.5.0.so";

std::mutex log_mutex;
std::string log_line;

// Where tools/setup models puts it: $SLUICE_MODELS, beside the program's folder, or in the tree.
fs::path library_folder() {
  if (const char* const named = std::getenv("SLUICE_MODELS"); named && *named) return fs::path(named) / "lib/llama";
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed).parent_path();
  for (const char* const relative : {"../models/lib/llama", "../share/sluice/models/lib/llama"})
    if (const fs::path folder = (program / relative).lexically_normal(); fs::is_directory(folder, failed))
      return folder;
  return fs::path(SLUICE_MODELS_FOLDER) / "lib/llama";
}

constexpr std::string_view kNoReason = ": failed to load model";  // the line before it says why

void keep_errors(ggml_log_level level, const char* text, void*) {
  if (level != GGML_LOG_LEVEL_ERROR || std::string_view(text).find(kNoReason) != std::string_view::npos) return;
  const std::lock_guard lock(log_mutex);
  log_line = text;
  while (!log_line.empty() && log_line.back() == '\n') log_line.pop_back();
}

Result<LlamaApi> load() {
  const fs::path folder = library_folder();
  const auto missing = [&](const std::string& why) {
    return std::unexpected(
        Error{"model", fmt::format("llama.cpp cannot be loaded ({}); `tools/setup models` fetches it", why)});
  };
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed))  // the parts that it loads itself, too
    if (is_cut_off(entry.path()))
      return missing(fmt::format("{} is cut off: remove its folder", entry.path().string()));
  void* const llama = ::dlopen((folder / kLlama).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!llama) return missing(::dlerror());
  void* const ggml = ::dlopen((folder / kGgml).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!ggml) return missing(::dlerror());
  const auto load_backends =
      reinterpret_cast<decltype(&::ggml_backend_load_all_from_path)>(::dlsym(ggml, "ggml_backend_load_all_from_path"));
  if (!load_backends) return missing("it has no ggml_backend_load_all_from_path");
  LlamaApi api;
#define SLUICE_LOAD(name)                                                 \
  api.name = reinterpret_cast<decltype(api.name)>(::dlsym(llama, #name)); \
  if (!api.name) return missing("it has no " #name);
  SLUICE_LLAMA_FUNCTIONS(SLUICE_LOAD)
#undef SLUICE_LOAD
  api.llama_log_set(keep_errors, nullptr);
  load_backends(folder.c_str());
  return api;
}

}  // namespace

Result<const LlamaApi*> llama_api() {
  static std::mutex mutex;
  static LlamaApi api;
  const std::lock_guard lock(mutex);
  if (api.llama_decode) return &api;
  auto loaded = load();
  if (!loaded) return std::unexpected(loaded.error());
  api = *loaded;
  return &api;
}

std::string last_llama_error() {
  const std::lock_guard lock(log_mutex);
  return log_line;
}

}  // namespace sluice::llm
#endif
