#include "engine/graph/chain.h"

#include <algorithm>
#include <cctype>
#include <optional>

namespace sluice {
namespace {

bool is_letter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) || c == '_';
}
bool is_name_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
}
bool is_word_char(char c) {
  return is_name_char(c) || c == '.' || c == '/';
}

class ChainParser {
 public:
  explicit ChainParser(std::string_view text) : text_(text) {}

  Chains parse() {
    while (skip_to_chain()) {
      Chain chain;
      if (read_chain(chain))
        chains_.chains.push_back(std::move(chain));
      else
        skip_chain();
    }
    return std::move(chains_);
  }

 private:
  bool at_end() const { return at_ >= text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  bool looking_at(std::string_view token) const { return text_.substr(at_).starts_with(token); }
  bool fail(std::size_t at, std::string message) {
    chains_.errors.push_back({at, std::move(message)});
    return false;
  }

  void skip_blanks() {
    while (!at_end() && (peek() == ' ' || peek() == '\t' || peek() == '\r')) ++at_;
  }
  void skip_space() {
    while (!at_end() && std::isspace(static_cast<unsigned char>(peek()))) ++at_;
  }

  // To the first character of the next chain; false at the end of the text.
  bool skip_to_chain() {
    while (true) {
      skip_space();
      if (at_end()) return false;
      if (peek() == '#')
        at_ = std::min(text_.size(), text_.find('\n', at_));
      else if (peek() == ';')
        ++at_;
      else
        return true;
    }
  }

  void skip_chain() { at_ = std::min(text_.size(), text_.find_first_of(";\n", at_)); }

  bool read_chain(Chain& chain) {
    while (true) {
      Element element;
      if (!read_element(element)) return false;
      chain.elements.push_back(std::move(element));
      if (!skip_arrow()) break;
    }
    skip_blanks();
    if (at_end() || peek() == ';' || peek() == '\n' || peek() == '#') return true;
    return fail(at_, std::string("expected '->' or ';' before '") + peek() + "'");
  }

  // An arrow may stand on the next line; without one the newline ends the chain.
  bool skip_arrow() {
    const std::size_t before = at_;
    skip_space();
    if (looking_at("->")) {
      at_ += 2;
      skip_space();
      return true;
    }
    at_ = before;
    return false;
  }

  bool read_element(Element& element) {
    element.name_at = element.word_at = at_;
    element.word = read_word();
    if (element.word.empty())
      return fail(at_,
                  at_end() ? "a node is missing at the end" : std::string("expected a node before '") + peek() + "'");
    if (peek() == ':' && !read_named(element)) return false;
    skip_blanks();
    return peek() != '(' || read_arguments(element);
  }

  bool read_named(Element& element) {
    if (!is_name(element.word))
      return fail(element.word_at, "'" + element.word + "' is not a name: a letter, then letters, digits, '_' or '-'");
    element.name = std::move(element.word);
    ++at_;
    skip_space();
    element.word_at = at_;
    element.word = read_word();
    return !element.word.empty() || fail(at_, "a type is missing after '" + element.name + ":'");
  }

  std::string read_word() {
    const std::size_t start = at_;
    while (!at_end() && is_word_char(peek()) && !looking_at("->")) ++at_;
    return std::string(text_.substr(start, at_ - start));
  }

  bool read_arguments(Element& element) {
    const std::size_t open = at_++;
    element.called = true;
    skip_space();
    if (peek() == ')') return ++at_, true;
    while (true) {
      Argument argument;
      if (!read_argument(argument, open)) return false;
      element.arguments.push_back(std::move(argument));
      skip_space();
      if (peek() == ')') return ++at_, true;
      if (peek() != ',')
        return fail(at_end() ? open : at_,
                    at_end() ? "this '(' is not closed" : "expected ',' or ')' after the argument");
      ++at_;
      skip_space();
    }
  }

  bool read_argument(Argument& argument, std::size_t open) {
    argument.name_at = at_;
    read_argument_name(argument);
    argument.value_at = at_;
    if (peek() == '"' || peek() == '\'') return read_quoted(argument);
    read_bare(argument);
    if (at_end()) return fail(open, "this '(' is not closed");
    return !argument.value.empty() ||
           fail(argument.value_at, "an argument is missing before '" + std::string(1, peek()) + "'");
  }

  // `name =`, when the argument begins so; else nothing is taken.
  void read_argument_name(Argument& argument) {
    std::size_t end = at_;
    if (!is_letter(peek())) return;
    while (end < text_.size() && is_name_char(text_[end])) ++end;
    std::size_t equals = end;
    while (equals < text_.size() && (text_[equals] == ' ' || text_[equals] == '\t')) ++equals;
    if (equals >= text_.size() || text_[equals] != '=') return;
    argument.name = text_.substr(at_, end - at_);
    at_ = equals + 1;
    skip_space();
  }

  // Double quotes know \" and \\; single quotes know no escape.
  bool read_quoted(Argument& argument) {
    const std::size_t open = at_;
    const char quote = text_[at_++];
    while (!at_end() && peek() != quote) {
      if (quote == '"' && peek() == '\\' && at_ + 1 < text_.size()) ++at_;
      argument.value += text_[at_++];
    }
    if (at_end()) return fail(open, "this quote is not closed");
    ++at_;
    return true;
  }

  // Up to ',' or ')' outside parentheses of the value's own.
  void read_bare(Argument& argument) {
    const std::size_t start = at_;
    for (std::size_t depth = 0; !at_end(); ++at_) {
      if (depth == 0 && (peek() == ',' || peek() == ')')) break;
      if (peek() == '(') ++depth;
      if (peek() == ')') --depth;
    }
    std::size_t end = at_;
    while (end > start && std::isspace(static_cast<unsigned char>(text_[end - 1]))) --end;
    argument.value = text_.substr(start, end - start);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Chains chains_;
};

}  // namespace

Chains parse_chains(std::string_view text) {
  return ChainParser(text).parse();
}

bool is_name(std::string_view text) {
  return !text.empty() && is_letter(text.front()) && std::ranges::all_of(text, is_name_char);
}

}  // namespace sluice
