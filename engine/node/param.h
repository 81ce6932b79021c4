// Parameters: declared once in a node, read by validation, `sluice nodes TYPE`, the catalogue and the tests.
//   Param<double> gain{*this, "gain", {.unit = "dB", .default_value = 0, .min = -120, .max = 60, .doc = "..."}};
#pragma once

#include <atomic>
#include <concepts>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/result.h"

namespace sluice {

class Node;

// What programs and people read about a parameter.
struct ParamInfo {
  std::string name;
  std::string type;  // "number", "integer", "boolean", "text", "choice"
  std::string unit;  // base unit of a number; empty if none
  std::string default_text;
  double min = 0, max = 0;  // numbers and integers
  std::vector<std::string> choices;
  std::string doc;
  bool required = false;  // has no usable default
  bool live = false;      // may be changed while the graph runs
};

class ParamBase {
 public:
  ParamBase(Node& owner, std::string_view name);
  virtual ~ParamBase() = default;
  ParamBase(const ParamBase&) = delete;
  ParamBase& operator=(const ParamBase&) = delete;

  const std::string& name() const { return name_; }
  bool assigned() const { return assigned_; }
  virtual ParamInfo info() const = 0;
  // The value as a graph file would say it, exactly: "0.01 s", "true". Thread-safe for numbers and booleans.
  virtual std::string text() const = 0;

  // Reads and checks `text`. The error says what is allowed; its `where` is the parameter's name.
  Status assign(std::string_view text);
  // The same while the node runs, for live parameters only: process() sees the new value from its next block on.
  // One thread at a time, beside the node's own. Not realtime-safe.
  Status adjust(std::string_view text);

 protected:
  virtual Status parse(std::string_view text) = 0;

 private:
  std::string name_;
  bool assigned_ = false;
};

// As variables: g++ 12 fails (internal error) on calls here when a member's initialiser leaves one of the limits open.
template <typename T>
inline constexpr T kLowest = std::numeric_limits<T>::lowest();
template <typename T>
inline constexpr T kLargest = std::numeric_limits<T>::max();

template <typename T>
requires std::is_arithmetic_v<T>
struct NumberOptions {
  std::string_view unit = "";
  T default_value{};
  T min = kLowest<T>;
  T max = kLargest<T>;
  std::string_view doc;
  bool required = false;
  bool live = false;  // process() reads it anew for every block, so it may be changed while running
};

struct BoolOptions {
  bool default_value = false;
  std::string_view doc;
  bool live = false;  // as with numbers
};

struct TextOptions {
  std::string_view default_value = "";
  std::vector<std::string> choices = {};  // empty: any text
  std::string_view doc;
  bool required = false;
};

// Numeric parameter. Readable from any thread, also while running; the value is one atomic.
template <typename T>
class Param final : public ParamBase {
 public:
  Param(Node& owner, std::string_view name, NumberOptions<T> options)
      : ParamBase(owner, name), options_(options), value_(options.default_value) {}

  operator T() const noexcept { return value(); }  // NOLINT: reads like the number it is
  T value() const noexcept { return value_.load(std::memory_order_relaxed); }
  void set(T value) noexcept { value_.store(value, std::memory_order_relaxed); }
  ParamInfo info() const override;
  std::string text() const override;

 protected:
  Status parse(std::string_view text) override;

 private:
  NumberOptions<T> options_;
  std::atomic<T> value_;
};

template <>
class Param<bool> final : public ParamBase {
 public:
  Param(Node& owner, std::string_view name, BoolOptions options)
      : ParamBase(owner, name), options_(options), value_(options.default_value) {}

  operator bool() const noexcept { return value_.load(std::memory_order_relaxed); }  // NOLINT
  ParamInfo info() const override;
  std::string text() const override;

 protected:
  Status parse(std::string_view text) override;

 private:
  BoolOptions options_;
  std::atomic<bool> value_;
};

// Text, or one of `choices`. Set before configure(), constant while running.
template <>
class Param<std::string> final : public ParamBase {
 public:
  Param(Node& owner, std::string_view name, TextOptions options)
      : ParamBase(owner, name), options_(std::move(options)), value_(options_.default_value) {}

  operator const std::string&() const noexcept { return value_; }  // NOLINT
  const std::string& value() const noexcept { return value_; }
  bool is(std::string_view text) const noexcept { return value_ == text; }
  ParamInfo info() const override;
  std::string text() const override;

 protected:
  Status parse(std::string_view text) override;

 private:
  TextOptions options_;
  std::string value_;
};

extern template class Param<float>;
extern template class Param<double>;
extern template class Param<int>;

}  // namespace sluice
