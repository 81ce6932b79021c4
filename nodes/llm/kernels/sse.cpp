#include "nodes/llm/kernels/sse.h"

#include <algorithm>
#include <utility>

namespace sluice::llm {

bool SseReader::feed(std::string_view bytes) {
  buffer_.erase(0, read_);
  searched_ = std::max(searched_, read_) - read_;
  read_ = 0;
  buffer_ += bytes;
  return buffer_.size() + data_.size() <= kMaxEvent;
}

std::optional<std::string> SseReader::next() {
  while (auto line = take_line()) {
    if (line->empty()) {
      if (std::exchange(has_data_, false)) return std::exchange(data_, {});
      continue;
    }
    const std::string_view text = *line;
    const auto colon = text.find(':');
    if (text.substr(0, colon) != "data") continue;
    std::string_view value = colon == text.npos ? std::string_view() : text.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (std::exchange(has_data_, true)) data_ += '\n';
    data_ += value;
  }
  return std::nullopt;
}

// A line ends with "\r\n", '\n' or '\r'.
std::optional<std::string> SseReader::take_line() {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (after_cr_ && read_ < buffer_.size()) {
    after_cr_ = false;
    if (buffer_[read_] == '\n') ++read_;
  }
  const auto end = buffer_.find_first_of("\r\n", std::max(read_, searched_));
  searched_ = std::min(end, buffer_.size());
  if (end == buffer_.npos) return std::nullopt;
  std::string line = buffer_.substr(read_, end - read_);
  after_cr_ = buffer_[end] == '\r';
  read_ = end + 1;
  if (!std::exchange(began_, true) && line.starts_with(kByteOrderMark)) line.erase(0, kByteOrderMark.size());
  return line;
}

}  // namespace sluice::llm
