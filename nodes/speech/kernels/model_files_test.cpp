#include "nodes/speech/kernels/model_files.h"

#include <gtest/gtest.h>

#include <sstream>

namespace sluice::speech {
namespace {

// A protobuf field of bytes, shorter than 128.
std::string field(int number, const std::string& bytes) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())} + bytes;
}

const std::string kVersion = "\x08\x08";  // ir_version = 8

template <typename Read>
auto reading(Read read, const std::string& text) {
  std::istringstream stream(text);
  return read(stream);
}

std::string fault(auto result) {
  return result ? "" : result.error();
}

TEST(OnnxEnvelope, TellsTheMetadataAndSkipsTheGraph) {
  const std::string network = kVersion + field(2, "exporter") + field(7, std::string(100, 'x')) +
                              field(14, field(1, "vocab_size") + field(2, "500")) +
                              field(14, field(1, "model_type") + field(2, "zipformer2"));
  const auto envelope = reading(read_onnx_envelope, network);
  ASSERT_TRUE(envelope) << envelope.error();
  EXPECT_EQ(envelope->ir_version, 8);
  EXPECT_EQ(envelope->metadata.at("vocab_size"), "500");
  EXPECT_EQ(envelope->metadata.at("model_type"), "zipformer2");
}

TEST(OnnxEnvelope, SeesWhatIsNoNetwork) {
  const std::string network = kVersion + field(7, std::string(100, 'x'));
  EXPECT_EQ(fault(reading(read_onnx_envelope, network)), "");
  for (std::size_t length = 3; length < network.size(); ++length)
    EXPECT_EQ(fault(reading(read_onnx_envelope, network.substr(0, length))), "is cut off") << length;
  EXPECT_EQ(fault(reading(read_onnx_envelope, "")), "is empty");
  EXPECT_EQ(fault(reading(read_onnx_envelope, kVersion)), "is an ONNX file without a network");
  EXPECT_EQ(fault(reading(read_onnx_envelope, "<html>not found</html>")), "is no ONNX network");
  EXPECT_EQ(fault(reading(read_onnx_envelope, "version https://git-lfs.github.com/spec/v1\n")), "is no ONNX network");
}

TEST(TokenTable, TakesSymbolsWithTheirIds) {
  const auto table = reading(read_token_table, "<blk> 0\n\xe2\x96\x81HE 1\n 2\nLLO 3\n");
  ASSERT_TRUE(table) << table.error();
  EXPECT_TRUE(table->symbols.contains("LLO"));
  EXPECT_TRUE(table->symbols.contains(" "));
  EXPECT_FALSE(table->base64);
  EXPECT_TRUE(reading(read_token_table, "PHM+ 0\r\nSEU= 1\r\n")->base64);
}

TEST(TokenTable, SeesWhatIsNone) {
  EXPECT_EQ(fault(reading(read_token_table, "")), "has no tokens");
  EXPECT_EQ(fault(reading(read_token_table, "a 0\nb\n")), "line 2 is not \"SYMBOL ID\"");
  EXPECT_EQ(fault(reading(read_token_table, "a 0\nb 1\nc 1\n")), "line 3 repeats the id 1");
  EXPECT_EQ(fault(reading(read_token_table, "{\n \"a\": 0 }")), "line 1 is not \"SYMBOL ID\"");
}

TEST(BpeVocabulary, IsPiecesWithProbabilities) {
  EXPECT_EQ(fault(reading(check_bpe_vocabulary, "<blk>\t0\n\xe2\x96\x81THE\t-3.25\n")), "");
  EXPECT_NE(fault(reading(check_bpe_vocabulary, "\n\x0e\n\x05<unk>\x15")), "");
  EXPECT_EQ(fault(reading(check_bpe_vocabulary, "")), "is empty");
}

TEST(Rules, AreKnownByTheirFirstBytes) {
  EXPECT_EQ(fault(reading(check_fst, "\xd6\xfd\xb2\x7e rest")), "");
  EXPECT_EQ(fault(reading(check_fst, "0 1 a b\n")), "is no compiled OpenFst transducer");
  EXPECT_EQ(fault(reading(check_fst, "")), "is no compiled OpenFst transducer");
  EXPECT_EQ(fault(reading(check_far, "\x5c\xf3\xb2\x7e rest")), "");
  EXPECT_EQ(fault(reading(check_far, "\xd6\xfd\xb2\x7e rest")), "is no archive of OpenFst transducers");
}

TEST(HotwordsFile, HasScoresAtTheEndsOfItsLines) {
  EXPECT_EQ(fault(reading(check_hotwords, "THIN SHEET\n\nKUBERNETES :2.5\n")), "");
  EXPECT_EQ(fault(reading(check_hotwords, "A\nB :x\n")), "line 2 has a score that is no number: :x");
  EXPECT_EQ(fault(reading(check_hotwords, ":2\n")), "line 1 has a score without a phrase");
  EXPECT_EQ(fault(reading(check_hotwords, "A :2 B\n")), "line 1 has a score before the end of the phrase");
}

}  // namespace
}  // namespace sluice::speech
