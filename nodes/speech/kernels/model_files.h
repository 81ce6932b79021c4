// What the files of a model are, seen from outside: read before a library that ends the program over a bad one.
#pragma once

#include <cstdint>
#include <expected>
#include <istream>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace sluice::speech {

// All of these read the stream from where it stands; it must be seekable. The error says what is wrong with the file,
// as in "is cut off".

// An ONNX network's envelope: onnx/onnx.proto3, message ModelProto. The graph itself is skipped, so that this takes no
// longer for a large network, but its end has to be there.
struct OnnxEnvelope {
  std::int64_t ir_version = 0;
  std::map<std::string, std::string, std::less<>> metadata;  // metadata_props: what exporters wrote for the runtime
};
std::expected<OnnxEnvelope, std::string> read_onnx_envelope(std::istream& file);

// tokens.txt of icefall, FunASR and sherpa-onnx: "SYMBOL ID" a line; a line with an ID alone is the blank's.
struct TokenTable {
  std::set<std::string, std::less<>> symbols;
  bool base64 = false;  // every symbol could be base64, as sherpa-onnx wants them for Moonshine's merged decoder
};
std::expected<TokenTable, std::string> read_token_table(std::istream& file);

// SentencePiece's exported vocabulary: "PIECE<tab>LOG_PROBABILITY" a line.
std::expected<void, std::string> check_bpe_vocabulary(std::istream& file);

// OpenFst, fst/fst.h: the first four bytes of a compiled transducer. An archive of them (fst/extensions/far) is an
// sttable or an stlist.
std::expected<void, std::string> check_fst(std::istream& file);
std::expected<void, std::string> check_far(std::istream& file);

// "PHRASE" or "PHRASE :SCORE" a line, as sherpa-onnx has hotwords.
std::expected<void, std::string> check_hotwords(std::istream& file);

}  // namespace sluice::speech
