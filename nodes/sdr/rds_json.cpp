#include "nodes/sdr/rds_json.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace sluice::sdr {
namespace {

// Appends to a span, and drops what does not fit.
class Line {
 public:
  explicit Line(std::span<char> to) : to_(to) {}
  std::size_t size() const noexcept { return size_; }

  Line& operator<<(char c) noexcept {
    if (size_ < to_.size()) to_[size_++] = c;
    return *this;
  }
  Line& operator<<(std::string_view text) noexcept {
    for (const char c : text) *this << c;
    return *this;
  }
  void number(unsigned value, int base, std::size_t digits) noexcept {
    char buffer[16];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, base).ptr;
    for (auto n = static_cast<std::size_t>(end - buffer); n < digits; ++n) *this << '0';
    *this << std::string_view(buffer, end);
  }
  // In quotes, without what pads it.
  void quoted(std::string_view text) noexcept {
    text = text.substr(0, text.find('\r'));
    while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.remove_suffix(1);
    *this << '"';
    for (const char c : text) {
      if (c == '"' || c == '\\') *this << '\\';
      *this << (c >= ' ' && c < 0x7F ? c : '?');
    }
    *this << '"';
  }

 private:
  std::span<char> to_;
  std::size_t size_ = 0;
};

}  // namespace

std::size_t write_rds_json(const RdsStation& station, std::span<char> to) noexcept {
  Line line(to);
  const std::string_view ps(station.ps.data(), station.ps.size()), rt(station.rt.data(), station.rt.size());
  line << "{\"pi\":\"";
  line.number(station.pi, 16, 4);
  line << "\",\"pty\":";
  line.number(station.pty, 10, 1);
  line << ",\"ps\":";
  line.quoted(ps);
  line << ",\"rt\":";
  line.quoted(rt);
  for (const auto& tag : station.tags) {
    if (tag.type != kRtPlusArtist && tag.type != kRtPlusTitle) continue;
    if (tag.start >= rt.size()) continue;
    line << (tag.type == kRtPlusArtist ? ",\"artist\":" : ",\"title\":");
    line.quoted(rt.substr(tag.start, tag.length + 1u));
  }
  line << "}\n";
  return line.size();
}

}  // namespace sluice::sdr
