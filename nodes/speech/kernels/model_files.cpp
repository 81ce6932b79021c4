#include "nodes/speech/kernels/model_files.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <sstream>
#include <vector>

namespace sluice::speech {
namespace {

using Fault = std::unexpected<std::string>;

constexpr std::uint64_t kMostMetadata = 64 << 20;  // bytes of one entry: CT-transformer keeps its 272,727 tokens in one

std::uint64_t bytes_left(std::istream& file) {
  const auto here = file.tellg();
  file.seekg(0, std::ios::end);
  const auto end = file.tellg();
  file.seekg(here);
  return static_cast<std::uint64_t>(end - here);
}

// Protocol Buffers' wire format (protobuf.dev, "Encoding"): fields of a key (number << 3 | type) and a value.
class Wire {
 public:
  enum Type : std::uint8_t { varint = 0, fixed64 = 1, length = 2, fixed32 = 5 };

  explicit Wire(std::istream& file) : file_(file), left_(bytes_left(file)) {}

  bool at_end() const { return left_ == 0; }
  bool cut_off() const { return cut_off_; }

  std::uint64_t read_varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const int byte = left_ > 0 ? file_.get() : -1;
      if (byte < 0) return fail();
      --left_;
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return fail();
  }

  void skip(std::uint64_t bytes) {
    if (bytes > left_) {
      fail();
      return;
    }
    file_.seekg(static_cast<std::streamoff>(bytes), std::ios::cur);
    left_ -= bytes;
  }

  std::string read_bytes(std::uint64_t bytes) {
    if (bytes > left_ || bytes > kMostMetadata) {
      fail();
      return {};
    }
    std::string text(bytes, '\0');
    file_.read(text.data(), static_cast<std::streamsize>(bytes));
    left_ -= bytes;
    return text;
  }

 private:
  std::uint64_t fail() {
    cut_off_ = true;
    left_ = 0;
    return 0;
  }

  std::istream& file_;
  std::uint64_t left_;
  bool cut_off_ = false;
};

// StringStringEntryProto: key = 1, value = 2.
void read_entry(const std::string& bytes, OnnxEnvelope& envelope) {
  std::istringstream stream(bytes);
  Wire wire(stream);
  std::array<std::string, 3> texts;
  while (!wire.at_end()) {
    const std::uint64_t key = wire.read_varint();
    std::string text = wire.read_bytes(wire.read_varint());
    if ((key & 7) == Wire::length && key >> 3 < texts.size()) texts[key >> 3] = std::move(text);
  }
  envelope.metadata[texts[1]] = texts[2];
}

// True where a symbol may be base64 (RFC 4648, 4).
bool may_be_base64(std::string_view symbol) {
  const auto digits = std::min(symbol.find('='), symbol.size());
  return symbol.size() % 4 == 0 && symbol.size() - digits <= 2 &&
         std::ranges::all_of(symbol.substr(0, digits),
                             [](unsigned char c) { return std::isalnum(c) || c == '+' || c == '/'; });
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

template <typename Number>
bool is_number(std::string_view text) {
  Number number{};
  const auto [rest, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failed == std::errc() && rest == text.data() + text.size();
}

std::string at_line(std::size_t line, std::string_view what) {
  return "line " + std::to_string(line) + " " + std::string(what);
}

// The first four bytes, as a little-endian number; 0 where there are fewer.
std::uint32_t magic_of(std::istream& file) {
  std::array<unsigned char, 4> bytes{};
  file.read(reinterpret_cast<char*>(bytes.data()), bytes.size());
  std::uint32_t magic = 0;
  for (std::size_t n = bytes.size(); n-- > 0;) magic = magic << 8 | bytes[n];
  return file ? magic : 0;
}

}  // namespace

std::expected<OnnxEnvelope, std::string> read_onnx_envelope(std::istream& file) {
  enum Field : std::uint8_t { ir_version = 1, graph = 7, metadata_props = 14 };
  constexpr std::uint64_t kLastField = 100;  // ModelProto's numbers end at 25 today
  OnnxEnvelope envelope;
  bool has_graph = false;
  Wire wire(file);
  while (!wire.at_end()) {
    const std::uint64_t key = wire.read_varint(), number = key >> 3;
    const bool first = envelope.ir_version == 0;
    if (number == 0 || number > kLastField || (first && key != (ir_version << 3 | Wire::varint)))
      return Fault("is no ONNX network");
    switch (key & 7) {
      case Wire::varint: {
        const std::uint64_t value = wire.read_varint();
        if (number == ir_version) envelope.ir_version = static_cast<std::int64_t>(value);
        break;
      }
      case Wire::fixed64:
        wire.skip(8);
        break;
      case Wire::fixed32:
        wire.skip(4);
        break;
      case Wire::length: {
        const std::uint64_t bytes = wire.read_varint();
        has_graph = has_graph || number == graph;
        if (number == metadata_props)
          read_entry(wire.read_bytes(bytes), envelope);
        else
          wire.skip(bytes);
        break;
      }
      default:
        return Fault("is no ONNX network");
    }
    if (wire.cut_off()) return Fault("is cut off");
  }
  if (!has_graph) return Fault(envelope.ir_version == 0 ? "is empty" : "is an ONNX file without a network");
  return envelope;
}

std::expected<TokenTable, std::string> read_token_table(std::istream& file) {
  TokenTable table{.symbols = {}, .base64 = true};
  std::set<std::string> ids;
  std::size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    const std::vector<std::string> words = words_of(line);
    if (words.empty()) continue;
    if (words.size() > 2 || !is_number<std::int32_t>(words.back()))
      return Fault(at_line(number, "is not \"SYMBOL ID\""));
    if (!ids.insert(words.back()).second) return Fault(at_line(number, "repeats the id " + words.back()));
    const std::string symbol = words.size() == 2 ? words.front() : " ";
    table.base64 = table.base64 && may_be_base64(symbol);
    table.symbols.insert(symbol);
  }
  if (ids.size() < 2) return Fault("has no tokens");
  return table;
}

std::expected<void, std::string> check_bpe_vocabulary(std::istream& file) {
  std::size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    const std::vector<std::string> words = words_of(line);
    if (words.empty()) continue;
    if (words.size() > 2 || !is_number<double>(words.back()))
      return Fault(
          at_line(number, "is not \"PIECE LOG_PROBABILITY\" (a SentencePiece .vocab file is needed, not .model)"));
  }
  if (number == 0) return Fault("is empty");
  return {};
}

std::expected<void, std::string> check_fst(std::istream& file) {
  constexpr std::uint32_t kFst = 2125659606;  // kFstMagicNumber
  if (magic_of(file) != kFst) return Fault("is no compiled OpenFst transducer");
  return {};
}

std::expected<void, std::string> check_far(std::istream& file) {
  constexpr std::uint32_t kTable = 2125656924, kList = 5656924;  // kSTTableMagicNumber, kSTListMagicNumber
  const std::uint32_t magic = magic_of(file);
  if (magic != kTable && magic != kList) return Fault("is no archive of OpenFst transducers");
  return {};
}

std::expected<void, std::string> check_hotwords(std::istream& file) {
  std::size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    std::vector<std::string> words = words_of(line);
    if (words.empty()) continue;
    if (words.back().starts_with(':')) {
      if (!is_number<float>(std::string_view(words.back()).substr(1)))
        return Fault(at_line(number, "has a score that is no number: " + words.back()));
      words.pop_back();
    }
    if (words.empty()) return Fault(at_line(number, "has a score without a phrase"));
    for (const std::string& word : words)
      if (word.starts_with(':')) return Fault(at_line(number, "has a score before the end of the phrase"));
  }
  return {};
}

}  // namespace sluice::speech
