#include "nodes/speech/sherpa_api.h"

#ifdef SLUICE_SPEECH

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <mutex>

#include "nodes/speech/models.h"

namespace sluice::speech {
namespace {

constexpr const char* kLibrary = "lib/libsherpa-onnx-c-api.so";

Result<SherpaApi> open() {
  const auto library = load_library(kLibrary, "sherpa-onnx", RTLD_NOW | RTLD_LOCAL, {"libonnxruntime.so"});
  if (!library) return std::unexpected(library.error());
  SherpaApi api;
  const char* missing = nullptr;
  const auto find = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(*library, name));
    if (!function) missing = name;
  };
#define SLUICE_SHERPA_FIND(name) find(api.name, "SherpaOnnx" #name);
  SLUICE_SHERPA_FUNCTIONS(SLUICE_SHERPA_FIND)
#undef SLUICE_SHERPA_FIND
  find(api.OfflinePunctuationAddPunct, "SherpaOfflinePunctuationAddPunct");
  find(api.OfflinePunctuationFreeText, "SherpaOfflinePunctuationFreeText");
  if (missing)
    return std::unexpected(
        Error{"model", fmt::format("{} is older than the headers of this build: it has no {}", kLibrary, missing)});
  return api;
}

}  // namespace

Result<const SherpaApi*> SherpaApi::load() {
  static std::mutex mutex;
  static std::map<std::string, SherpaApi> loaded;  // by path: tests put another library in its place
  const auto path = find_model(kLibrary, "model");
  if (!path) return std::unexpected(path.error());
  std::error_code ignored;
  const std::string file = std::filesystem::weakly_canonical(*path, ignored).string();
  const std::lock_guard lock(mutex);
  if (const auto known = loaded.find(file); known != loaded.end()) return &known->second;
  auto api = open();
  if (!api) return std::unexpected(api.error());
  return &loaded.emplace(file, *api).first->second;
}

}  // namespace sluice::speech

#endif
