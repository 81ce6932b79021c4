// Errors are values: where (node, port, parameter or file), what is wrong, what is allowed.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <utility>

namespace sluice {

struct Error {
  std::string where;    // port, parameter, node or file the message is about; may be empty
  std::string message;  // what is wrong and what would be right, one sentence
  std::string text() const { return where.empty() ? message : where + ": " + message; }
};

template <typename T>
using Result = std::expected<T, Error>;

// Success, or one Error. `return {};` succeeds, `return Error{...};` fails.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}  // NOLINT: implicit by design
  bool ok() const noexcept { return !error_; }
  explicit operator bool() const noexcept { return ok(); }
  const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

}  // namespace sluice
