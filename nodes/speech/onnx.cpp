#include "nodes/speech/onnx.h"

#include <fmt/format.h>

#include <cstdlib>
#include <map>
#include <mutex>

#include "nodes/speech/models.h"

#ifdef SLUICE_SPEECH
#include <dlfcn.h>
#include <onnxruntime/onnxruntime_c_api.h>
#endif

namespace sluice::speech {

#ifdef SLUICE_SPEECH
namespace {

constexpr const char* kLibrary = "lib/libonnxruntime.so";

// The process's ONNX Runtime. Never unloaded: tensors may outlive every model.
struct Runtime {
  const OrtApi* api = nullptr;
  OrtEnv* env = nullptr;
  OrtAllocator* allocator = nullptr;  // plain malloc
};
Runtime runtime;

Status check(OrtStatus* status, const std::string& where) {
  if (!status) return {};
  Error error{where, runtime.api->GetErrorMessage(status)};
  runtime.api->ReleaseStatus(status);
  return error;
}

// For calls that fail only for want of memory.
void must(OrtStatus* status) noexcept {
  if (status) std::abort();
}

Status start_runtime() {
  if (runtime.env) return {};
  const auto library = load_library(kLibrary, "ONNX Runtime", RTLD_NOW | RTLD_GLOBAL);
  if (!library) return library.error();
  const auto base = reinterpret_cast<const OrtApiBase* (*)()>(::dlsym(*library, "OrtGetApiBase"));
  runtime.api = base ? base()->GetApi(ORT_API_VERSION) : nullptr;
  if (!runtime.api) return Error{"model", fmt::format("{} is older than the headers of this build", kLibrary)};
  must(runtime.api->CreateEnv(ORT_LOGGING_LEVEL_ERROR, "sluice", &runtime.env));
  must(runtime.api->GetAllocatorWithDefaultOptions(&runtime.allocator));
  return {};
}

OrtValue* value_of(void* value) noexcept {
  return static_cast<OrtValue*>(value);
}

OrtValue* make_value(std::span<const std::int64_t> shape, ONNXTensorElementDataType type) {
  OrtValue* made = nullptr;
  must(runtime.api->CreateTensorAsOrtValue(runtime.allocator, shape.data(), shape.size(), type, &made));
  return made;
}

template <typename T>
T* data_of(void* value) {
  void* data = nullptr;
  must(runtime.api->GetTensorMutableData(value_of(value), &data));
  return static_cast<T*>(data);
}

std::size_t elements_of(void* value) {
  OrtTensorTypeAndShapeInfo* info = nullptr;
  std::size_t count = 0;
  must(runtime.api->GetTensorTypeAndShape(value_of(value), &info));
  must(runtime.api->GetTensorShapeElementCount(info, &count));
  runtime.api->ReleaseTensorTypeAndShapeInfo(info);
  return count;
}

std::vector<std::int64_t> dimensions_of(const OrtTensorTypeAndShapeInfo* info) {
  std::size_t count = 0;
  must(runtime.api->GetDimensionsCount(info, &count));
  std::vector<std::int64_t> dimensions(count);
  must(runtime.api->GetDimensions(info, dimensions.data(), count));
  return dimensions;
}

// One thread, the caller's: sessions run side by side, and spinning threads of one would take the processor from
// others. No arena: it keeps what the longest utterance of all took (measured: tools/bench speech).
OrtSessionOptions* session_options() {
  OrtSessionOptions* options = nullptr;
  must(runtime.api->CreateSessionOptions(&options));
  must(runtime.api->SetIntraOpNumThreads(options, 1));
  must(runtime.api->SetInterOpNumThreads(options, 1));
  must(runtime.api->SetSessionExecutionMode(options, ORT_SEQUENTIAL));
  must(runtime.api->SetSessionGraphOptimizationLevel(options, ORT_ENABLE_ALL));
  must(runtime.api->AddSessionConfigEntry(options, "session.intra_op.allow_spinning", "0"));
  return options;
}

std::mutex& models_mutex() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace

void Tensor::Release::operator()(void* value) const noexcept {
  runtime.api->ReleaseValue(value_of(value));
}

Tensor Tensor::floats(std::span<const std::int64_t> shape) {
  Tensor tensor;
  tensor.value_.reset(make_value(shape, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT));
  return tensor;
}

Tensor Tensor::integers(std::span<const std::int64_t> shape) {
  Tensor tensor;
  tensor.value_.reset(make_value(shape, ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64));
  return tensor;
}

Tensor Tensor::boolean(bool value) {
  Tensor tensor;
  const std::int64_t shape[] = {1};
  tensor.value_.reset(make_value(shape, ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL));
  *data_of<bool>(tensor.value_.get()) = value;
  return tensor;
}

std::vector<std::int64_t> Tensor::shape() const {
  OrtTensorTypeAndShapeInfo* info = nullptr;
  must(runtime.api->GetTensorTypeAndShape(value_of(value_.get()), &info));
  std::vector<std::int64_t> shape = dimensions_of(info);
  runtime.api->ReleaseTensorTypeAndShapeInfo(info);
  return shape;
}

std::span<float> Tensor::as_floats() {
  return {data_of<float>(value_.get()), elements_of(value_.get())};
}

std::span<const float> Tensor::as_floats() const {
  return {data_of<float>(value_.get()), elements_of(value_.get())};
}

std::span<std::int64_t> Tensor::as_integers() {
  return {data_of<std::int64_t>(value_.get()), elements_of(value_.get())};
}

Result<std::shared_ptr<OnnxModel>> OnnxModel::load(const std::string& path) {
  static std::map<std::string, std::weak_ptr<OnnxModel>> loaded;
  const std::lock_guard lock(models_mutex());
  if (const Status started = start_runtime(); !started) return std::unexpected(started.error());
  std::weak_ptr<OnnxModel>& known = loaded[path];
  if (auto model = known.lock()) return model;
  auto model = open(path);
  if (model) known = *model;
  return model;
}

Result<std::shared_ptr<OnnxModel>> OnnxModel::open(const std::string& path) {
  std::shared_ptr<OnnxModel> model(new OnnxModel);
  OrtSessionOptions* const options = session_options();
  OrtSession* session = nullptr;
  const Status opened = check(runtime.api->CreateSession(runtime.env, path.c_str(), options, &session), "model");
  runtime.api->ReleaseSessionOptions(options);
  model->session_ = session;
  if (!opened)
    return std::unexpected(
        Error{"model",
              fmt::format(
                  "{} is damaged, or no model: {}; if it came with `tools/setup models`, remove it and call that again",
                  path, opened.error().message)});
  if (const Status named = model->read_names(); !named) return std::unexpected(named.error());
  return model;
}

Status OnnxModel::read_names() {
  auto* const session = static_cast<OrtSession*>(session_);
  std::size_t inputs = 0, outputs = 0;
  must(runtime.api->SessionGetInputCount(session, &inputs));
  must(runtime.api->SessionGetOutputCount(session, &outputs));
  const auto keep = [](char* name, std::vector<std::string>& names) {
    names.emplace_back(name);
    must(runtime.api->AllocatorFree(runtime.allocator, name));
  };
  char* name = nullptr;
  for (std::size_t n = 0; n < inputs; ++n) {
    must(runtime.api->SessionGetInputName(session, n, runtime.allocator, &name));
    keep(name, inputs_);
  }
  for (std::size_t n = 0; n < outputs; ++n) {
    must(runtime.api->SessionGetOutputName(session, n, runtime.allocator, &name));
    keep(name, outputs_);
  }
  return {};
}

std::vector<std::int64_t> OnnxModel::input_shape(std::size_t n) const {
  OrtTypeInfo* type = nullptr;
  const OrtTensorTypeAndShapeInfo* info = nullptr;
  must(runtime.api->SessionGetInputTypeInfo(static_cast<OrtSession*>(session_), n, &type));
  must(runtime.api->CastTypeInfoToTensorInfo(type, &info));
  std::vector<std::int64_t> shape = info ? dimensions_of(info) : std::vector<std::int64_t>{};
  runtime.api->ReleaseTypeInfo(type);
  return shape;
}

OnnxModel::~OnnxModel() {
  if (session_) runtime.api->ReleaseSession(static_cast<OrtSession*>(session_));
}

Result<std::vector<Tensor>> OnnxModel::run(std::span<const NamedTensor> inputs,
                                           std::span<const char* const> wanted) const {
  std::vector<const char*> names;
  std::vector<const OrtValue*> values;
  for (const NamedTensor& input : inputs) {
    names.push_back(input.name);
    values.push_back(value_of(input.tensor->value_.get()));
  }
  std::vector<OrtValue*> results(wanted.size());
  const Status ran = check(runtime.api->Run(static_cast<OrtSession*>(session_), nullptr, names.data(), values.data(),
                                            values.size(), wanted.data(), wanted.size(), results.data()),
                           "model");
  if (!ran) return std::unexpected(ran.error());
  std::vector<Tensor> tensors(results.size());
  for (std::size_t n = 0; n < results.size(); ++n) tensors[n].value_.reset(results[n]);
  return tensors;
}

#else  // a build without the headers: nothing can be loaded, so there is never a tensor

void Tensor::Release::operator()(void*) const noexcept {}
Tensor Tensor::floats(std::span<const std::int64_t>) {
  return {};
}
Tensor Tensor::integers(std::span<const std::int64_t>) {
  return {};
}
Tensor Tensor::boolean(bool) {
  return {};
}
std::vector<std::int64_t> Tensor::shape() const {
  return {};
}
std::span<float> Tensor::as_floats() {
  return {};
}
std::span<const float> Tensor::as_floats() const {
  return {};
}
std::span<std::int64_t> Tensor::as_integers() {
  return {};
}

Result<std::shared_ptr<OnnxModel>> OnnxModel::load(const std::string&) {
  return std::unexpected(Error{"model", "this build has no ONNX Runtime; run `tools/setup models` and build again"});
}
OnnxModel::~OnnxModel() = default;
std::vector<std::int64_t> OnnxModel::input_shape(std::size_t) const {
  return {};
}
Result<std::vector<Tensor>> OnnxModel::run(std::span<const NamedTensor>, std::span<const char* const>) const {
  return std::vector<Tensor>{};
}

#endif

}  // namespace sluice::speech
