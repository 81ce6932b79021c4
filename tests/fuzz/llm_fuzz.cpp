// What a language model or its server says, whatever it is: event streams, chunks, refusals, corrections, pieces of
// characters and stop words. No crash, and what the kernels promise: the same events however the stream is cut, no
// stop word passed on, and of a corrected sentence every number kept, no more words changed than are allowed, times in
// order.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/llm/chat_api.h"
#include "nodes/llm/http_url.h"
#include "nodes/llm/kernels/alignment.h"
#include "nodes/llm/kernels/guard.h"
#include "nodes/llm/kernels/sse.h"
#include "nodes/llm/kernels/text_gate.h"
#include "nodes/llm/kernels/words.h"

namespace {

using namespace sluice::llm;

void require(bool holds) {
  if (!holds) std::abort();
}

// Up to the next 0xFF, which is in no UTF-8.
std::string_view part(std::string_view& rest) {
  const std::string_view text = rest.substr(0, rest.find('\xFF'));
  rest.remove_prefix(std::min(text.size() + 1, rest.size()));
  return text;
}

std::vector<std::string> events(std::string_view stream, std::size_t piece) {
  SseReader reader;
  std::vector<std::string> all;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    if (!reader.feed(stream.substr(at, piece))) break;
    while (auto event = reader.next()) all.push_back(std::move(*event));
  }
  return all;
}

void read_stream(std::string_view stream, std::size_t piece) {
  const std::vector<std::string> whole = events(stream, std::max<std::size_t>(stream.size(), 1));
  require(whole == events(stream, piece));
  for (const std::string& event : whole)
    if (const auto chunk = parse_chunk(event); !chunk) require(!chunk.error().message.empty());
  require(error_text(500, stream).starts_with("HTTP 500"));
  (void)parse_url(stream);
}

std::vector<std::string> bare(std::string_view text) {
  std::vector<std::string> words;
  for (const Word& word : split_words(text)) words.push_back(word.bare);
  return words;
}

std::vector<std::string> numbers(std::string_view text) {
  std::vector<std::string> found = bare(text);
  std::erase_if(found, [](const std::string& word) { return !is_number(word); });
  return found;
}

void correct(std::string_view original, std::string_view proposal, std::string_view hotword, double confidence) {
  const std::vector<std::string> hotwords = {std::string(hotword)}, none;
  const std::vector<std::string> from = bare(original);
  std::vector<TimedWord> timed;
  for (std::size_t n = 0; n < from.size(); ++n) {
    const auto start_s = static_cast<double>(n);
    timed.push_back({.text = from[n], .start_s = start_s, .end_s = start_s + 1, .confidence = confidence});
  }
  for (const auto& list : {hotwords, none}) {
    const Judged judged = judge(original, timed, proposal, list);
    const std::vector<std::string> to = bare(judged.text);
    if (list.empty()) require(numbers(judged.text) == numbers(original));
    std::size_t changed = 0;
    for (const Change& change : changes(from, to)) changed += change.words();
    require(changed <= std::max<std::size_t>(2, 3 * from.size() / 10));
    require(judged.words.size() == to.size());
    double end_s = 0;
    for (const TimedWord& word : judged.words) {
      require(word.start_s >= end_s - 1e-9 && word.end_s >= word.start_s);
      end_s = word.end_s;
    }
    require(end_s <= static_cast<double>(from.size()) + 1e-9);
    if (judged.count(Verdict::accepted) == 0 && to != from) std::abort();
  }
}

void gate(std::string_view text, std::string_view stop_word, std::size_t piece) {
  const auto through = [&](std::size_t length) {
    TextGate pieces({std::string(stop_word)});
    std::string passed;
    for (std::size_t at = 0; at < text.size() && !pieces.closed(); at += length)
      passed += pieces.pass(text.substr(at, length));
    return pieces.closed() ? passed : passed + pieces.flush();
  };
  const std::string whole = through(std::max<std::size_t>(text.size(), 1));
  require(whole == through(piece));
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD, which the gate itself may write
  const bool written =
      stop_word.find_first_of(kReplacement) != stop_word.npos && whole.find(kReplacement) != whole.npos;
  if (!stop_word.empty() && !written) require(whole.find(stop_word) == whole.npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 8192) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto kind = static_cast<std::uint8_t>(rest[0]) % 3;
  const auto number = static_cast<std::uint8_t>(rest[1]);
  const std::size_t piece = 1 + number % 64u;
  rest.remove_prefix(2);
  if (kind == 0) read_stream(rest, piece);
  const std::string_view first = part(rest), second = part(rest), third = part(rest);
  if (kind == 1) correct(first, second, third, number / 255.0);
  if (kind == 2) gate(first, second, piece);
  return 0;
}
