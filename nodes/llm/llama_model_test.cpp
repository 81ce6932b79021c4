// A small model, made here, against a bare loop over llama.cpp's C interface.
#include "nodes/llm/llama_model.h"

#include <gmock/gmock.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "engine/testing/node_harness.h"

#ifdef SLUICE_LLAMA
#include "nodes/llm/bare_loop.h"
#include "nodes/llm/tiny_gguf.h"

namespace sluice::llm {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr std::string_view kChatMl =
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + "
    "'\\n'}}{% endfor %}";
const std::string kPrompt = "Once upon a time there was a sluice";

class LlamaModelTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const std::string vocabulary = SLUICE_MODELS_FOLDER "/llama-vocab.gguf";
    const auto folder = std::filesystem::temp_directory_path() / ("sluice-llama-" + std::to_string(::getpid()));
    std::filesystem::create_directory(folder);
    chat_file = folder / "chat.gguf";
    raw_file = folder / "raw.gguf";
    TinyGguf::write(vocabulary, chat_file, kChatMl);
    TinyGguf::write(vocabulary, raw_file, "");
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(std::filesystem::path(chat_file).parent_path()); }

  static inline std::string chat_file, raw_file;
};

std::string greedy(LanguageModel& model, const std::string& prompt, int tokens, bool raw = true) {
  ChatRequest request{.messages = {{"user", prompt}}, .max_tokens = tokens};
  request.raw = raw;
  std::string text;
  const auto take = [&](std::string_view piece) {
    text += piece;
    return true;
  };
  const Status status = model.answer(request, take, {});
  EXPECT_TRUE(status) << status.error().text();
  return text;
}

std::string bare_loop(const std::string& file, const std::string& prompt, int count) {
  return BareLoop(file, 512).run(prompt, count);
}

// Byte pieces of a model that talks gibberish need not make characters.
std::string letters(const std::string& text) {
  std::string kept;
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x80) kept += c;
  return kept;
}

TEST_F(LlamaModelTest, SaysWhatABareLoopSays) {
  const auto model = gguf_model({.file = raw_file, .context = 512}).value();
  const std::string bare = bare_loop(raw_file, kPrompt, 64);
  ASSERT_FALSE(bare.empty());
  EXPECT_EQ(letters(greedy(*model, kPrompt, 64)), letters(bare));
}

TEST_F(LlamaModelTest, SaysTheSameWhateverWasSaidBefore) {
  const auto model = gguf_model({.file = raw_file, .context = 512}).value();
  const std::string first = greedy(*model, kPrompt, 32);
  greedy(*model, "Something else altogether", 8);
  EXPECT_EQ(greedy(*model, kPrompt, 32), first);
  EXPECT_EQ(greedy(*model, kPrompt, 32), first) << "the whole prompt is in the cache";
  EXPECT_EQ(greedy(*model, kPrompt + " that", 32),
            greedy(*gguf_model({.file = raw_file, .context = 512}).value(), kPrompt + " that", 32));
}

TEST_F(LlamaModelTest, ComputesOnlyWhatIsNew) {
  const auto model = gguf_model({.file = raw_file, .context = 512}).value();
  greedy(*model, kPrompt, 4);
  const int whole = model->usage().prompt_tokens;
  EXPECT_GT(whole, 5);
  EXPECT_EQ(model->usage().reused_tokens, 0);
  greedy(*model, kPrompt, 4);
  EXPECT_EQ(model->usage().reused_tokens, whole - 1) << "but for the last token, whose logits are wanted";
  greedy(*model, kPrompt + " that", 4);
  EXPECT_GE(model->usage().reused_tokens, whole - 1);
}

TEST_F(LlamaModelTest, TakesATemplateByNameForAModelThatBringsNone) {
  const auto model = gguf_model({.file = raw_file, .context = 512, .chat_template = "chatml"}).value();
  EXPECT_EQ(greedy(*model, "hello", 8, false),
            greedy(*model, "<|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n", 8));
  const auto odd = gguf_model({.file = raw_file, .context = 512, .chat_template = "no such"}).value();
  EXPECT_THAT(odd->answer({.messages = {{"user", "hi"}}}, [](std::string_view) { return true; }, {}).error().text(),
              HasSubstr("chat_template"));
}

TEST_F(LlamaModelTest, StopsWhereItIsTold) {
  const auto model = gguf_model({.file = raw_file, .context = 512}).value();
  const std::string whole = greedy(*model, kPrompt, 64);
  const std::string stop_word = whole.substr(whole.size() / 2, 3);
  ChatRequest request{.messages = {{"user", kPrompt}}, .max_tokens = 64, .stop = {stop_word}};
  request.raw = true;
  std::string text;
  ASSERT_TRUE(model->answer(request, [&](std::string_view piece) { return text += piece, true; }, {}));
  EXPECT_EQ(text, whole.substr(0, whole.find(stop_word)));

  std::stop_source source;
  int pieces = 0;
  const auto stops = [&](std::string_view) { return source.request_stop(), ++pieces, true; };
  EXPECT_FALSE(model->answer({.messages = request.messages, .max_tokens = 64, .raw = true}, stops, source.get_token()));
  EXPECT_EQ(pieces, 1);
  EXPECT_EQ(greedy(*model, kPrompt, 64), whole) << "it goes on as before";
}

TEST_F(LlamaModelTest, FollowsAGrammar) {
  const auto model = gguf_model({.file = raw_file, .context = 512}).value();
  ChatRequest request{.messages = {{"user", kPrompt}}, .max_tokens = 8, .grammar = "root ::= \"yes\" | \"no\""};
  request.raw = true;
  std::string text;
  ASSERT_TRUE(model->answer(request, [&](std::string_view piece) { return text += piece, true; }, {}));
  EXPECT_THAT(text, testing::AnyOf("yes", "no"));
  request.grammar = "root ::= (";
  EXPECT_THAT(model->answer(request, [](std::string_view) { return true; }, {}).error().text(), HasSubstr("GBNF"));
  request.grammar.clear();
  request.json = true;
  text.clear();
  ASSERT_TRUE(model->answer(request, [&](std::string_view piece) { return text += piece, true; }, {}));
  EXPECT_EQ(text.front(), '{');
}

TEST_F(LlamaModelTest, ChatsByTheModelsTemplate) {
  const auto model = gguf_model({.file = chat_file, .context = 512}).value();
  EXPECT_FALSE(greedy(*model, "hello", 8, false).empty());
  EXPECT_EQ(greedy(*model, "hello", 8, false),
            greedy(*model, "<|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n", 8));
  EXPECT_GT(model->count_tokens({{"user", "hello"}}), 5);
}

TEST_F(LlamaModelTest, SaysWhatIsWrong) {
  const auto error = [](const std::string& file) { return gguf_model({.file = file}).error().text(); };
  EXPECT_THAT(error("/nowhere/model.gguf"), HasSubstr("cannot read '/nowhere/model.gguf'"));
  const std::string bad = std::filesystem::path(raw_file).parent_path() / "bad.gguf";
  std::ofstream(bad) << "no model";
  EXPECT_THAT(error(bad), HasSubstr("no GGUF file"));
  std::filesystem::copy_file(raw_file, bad, std::filesystem::copy_options::overwrite_existing);
  std::filesystem::resize_file(bad, std::filesystem::file_size(raw_file) / 2);
  EXPECT_THAT(error(bad), AllOf(HasSubstr("cannot be loaded"), HasSubstr("corrupted or incomplete")));

  const auto model = gguf_model({.file = raw_file, .context = 512}).value();
  const auto none = [](std::string_view) { return true; };
  EXPECT_THAT(model->answer({.messages = {{"user", "hi"}}}, none, {}).error().text(), HasSubstr("no chat template"));
  ChatRequest longer{.messages = {{"user", "hi"}}, .max_tokens = 600};
  longer.raw = true;
  EXPECT_THAT(model->answer(longer, none, {}).error().text(), HasSubstr("more than the context's 512"));
}

TEST_F(LlamaModelTest, IsANode) {
  NodeHarness node("llm.llama");
  node.connect("in", {{.media = "text", .codec = {}, .rate_hz = 16000}, 160});
  for (const auto& [param, value] :
       {std::pair{"model", raw_file.c_str()}, {"raw", "true"}, {"max_tokens", "16"}, {"context", "512"}, {"end", ""}})
    ASSERT_TRUE(node.set(param, value));
  ASSERT_TRUE(node.start());
  node.feed_bytes("in", std::as_bytes(std::span(kPrompt)));
  node.end();
  while (node.pull().when != Pull::When::ended) std::this_thread::yield();
  EXPECT_EQ(letters(node.bytes("out")), letters(bare_loop(raw_file, kPrompt, 16)));
  EXPECT_GT(node.counter("pieces"), 1);
  EXPECT_GT(node.counter("prompt_tokens"), 5);
}

}  // namespace
}  // namespace sluice::llm
#else
namespace sluice::llm {
namespace {

TEST(LlamaModelTest, SaysThatItIsNotThere) {
  EXPECT_THAT(gguf_model({.file = "model.gguf"}).error().text(), testing::HasSubstr("tools/setup models"));
}

}  // namespace
}  // namespace sluice::llm
#endif
