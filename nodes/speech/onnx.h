// ONNX Runtime behind a few value types: one library for the process, loaded when the first model is, and models that
// any number of streams run at once, each on the thread that calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/core/result.h"

namespace sluice::speech {

// A tensor of ONNX Runtime. Movable; empty where a run gave none.
class Tensor {
 public:
  Tensor() = default;
  // Tensors of their own memory, row-major, for filling. Requires that a model was loaded before.
  static Tensor floats(std::span<const std::int64_t> shape);
  static Tensor integers(std::span<const std::int64_t> shape);
  static Tensor boolean(bool value);  // of shape [1]

  explicit operator bool() const noexcept { return value_ != nullptr; }
  std::vector<std::int64_t> shape() const;
  std::span<float> as_floats();
  std::span<const float> as_floats() const;
  std::span<std::int64_t> as_integers();

 private:
  friend class OnnxModel;
  struct Release {
    void operator()(void* value) const noexcept;
  };
  std::unique_ptr<void, Release> value_;  // OrtValue
};

struct NamedTensor {
  const char* name;
  const Tensor* tensor;
};

// One network. run() is thread-safe and uses the calling thread alone.
class OnnxModel {
 public:
  // Loads `path`. Models stay loaded while somebody holds them, and are loaded once: the same path gives the same
  // model. The error says what is missing and how it is fetched, or what ONNX Runtime finds wrong with the file.
  static Result<std::shared_ptr<OnnxModel>> load(const std::string& path);
  ~OnnxModel();
  OnnxModel(const OnnxModel&) = delete;
  OnnxModel& operator=(const OnnxModel&) = delete;

  const std::vector<std::string>& inputs() const { return inputs_; }
  const std::vector<std::string>& outputs() const { return outputs_; }
  // Of the tensor that input `n` takes; -1 where the network leaves a dimension open.
  std::vector<std::int64_t> input_shape(std::size_t n) const;

  // The tensors of the outputs called `wanted`, in their order.
  Result<std::vector<Tensor>> run(std::span<const NamedTensor> inputs, std::span<const char* const> wanted) const;

 private:
  OnnxModel() = default;
  static Result<std::shared_ptr<OnnxModel>> open(const std::string& path);
  Status read_names();

  void* session_ = nullptr;  // OrtSession
  std::vector<std::string> inputs_, outputs_;
};

}  // namespace sluice::speech
