// Server-sent events: lines in, what they carry out. WHATWG HTML, 9.2.6 "Interpreting an event stream".
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::llm {

// Takes the stream in pieces of any size. Of an event only its data is kept; comments (keep-alives), event names, ids
// and retry times are passed over.
class SseReader {
 public:
  static constexpr std::size_t kMaxEvent = 1 << 20;  // bytes of one event

  // Adds what has come. False when an event grew beyond kMaxEvent: the reader is of no use any more.
  bool feed(std::string_view bytes);
  // The data of the next whole event, its lines joined by '\n'; none: more bytes are needed.
  std::optional<std::string> next();

 private:
  std::optional<std::string> take_line();

  std::string buffer_;        // not yet cut into lines
  std::size_t read_ = 0;      // of it
  std::size_t searched_ = 0;  // of it: no line ends before here, after read_
  std::string data_;          // of the event under way
  bool has_data_ = false;
  bool after_cr_ = false;  // a '\n' that comes now ends the line that '\r' has ended
  bool began_ = false;     // past a byte order mark
};

}  // namespace sluice::llm
