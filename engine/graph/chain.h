// The one-line form, as syntax only: `mic: audio.capture(rate=48 kHz) -> enc -> bank.in; x -> y`. Internal to the graph
// room.
//   text    := chain { (';' | newline) chain }
//   chain   := element { '->' element }
//   element := [ name ':' ] word [ '(' [ argument { ',' argument } ] ')' ]
//   argument:= [ name '=' ] ( quoted | anything up to ',' or the closing ')' )
// A newline before or after '->' continues the chain; '#' at a chain's start begins a comment.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

struct Argument {
  std::string name;  // empty: positional
  std::string value;
  std::size_t name_at = 0, value_at = 0;  // offsets into the text
};

struct Element {
  std::string name;     // empty: none given
  std::string word;     // a node, node.port or type
  bool called = false;  // with parentheses: a type
  std::vector<Argument> arguments;
  std::size_t name_at = 0, word_at = 0;
};

struct Chain {
  std::vector<Element> elements;
};

struct ChainError {
  std::size_t at = 0;
  std::string message;
};

struct Chains {
  std::vector<Chain> chains;  // those that could be read
  std::vector<ChainError> errors;
};

// Never throws; linear in the text.
Chains parse_chains(std::string_view text);

// A node's or variable's name: a letter or '_', then letters, digits, '_' or '-'.
bool is_name(std::string_view text);

}  // namespace sluice
