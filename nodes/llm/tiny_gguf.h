// For tests: writes a small llama with random weights and a real tokenizer, of which nothing needs to be committed.
// What it says is gibberish, the same each time. GGUF, version 3: github.com/ggml-org/ggml, docs/gguf.md.
#pragma once

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::llm {

struct GgufShape {
  std::uint32_t layers = 2, width = 64, heads = 4, inner = 128, context = 2048;
};

class TinyGguf {
 public:
  // `vocabulary`: a GGUF file with a tokenizer and no tensors. `chat_template`: empty for a model without one.
  static void write(const std::string& vocabulary, const std::string& path, std::string_view chat_template,
                    const GgufShape& shape = {}) {
    std::ifstream file(vocabulary, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    TinyGguf model;
    model.shape_ = shape;
    model.take_tokenizer(bytes);
    model.add_shape(chat_template);
    model.add_weights();
    model.save(path);
  }

 private:
  enum Type : std::uint32_t { kUint32 = 4, kFloat32 = 6, kString = 8, kArray = 9 };
  static constexpr std::uint64_t kAlignment = 32;

  template <typename T>
  static T number(const std::string& bytes, std::size_t& at) {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    at += sizeof value;
    return value;
  }
  static std::string string(const std::string& bytes, std::size_t& at) {
    const auto length = number<std::uint64_t>(bytes, at);
    at += length;
    return bytes.substr(at - length, length);
  }
  static void skip(const std::string& bytes, std::size_t& at, std::uint32_t type) {
    constexpr std::size_t kBytes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    if (type == kString) {
      string(bytes, at);
    } else if (type == kArray) {
      const auto of = number<std::uint32_t>(bytes, at);
      const auto count = number<std::uint64_t>(bytes, at);
      for (std::uint64_t n = 0; n < count; ++n) skip(bytes, at, of);
    } else {
      at += kBytes[type];
    }
  }

  void take_tokenizer(const std::string& bytes) {
    std::size_t at = 16;  // past magic, version and the number of tensors
    const auto pairs = number<std::uint64_t>(bytes, at);
    for (std::uint64_t n = 0; n < pairs; ++n) {
      const std::size_t begin = at;
      const std::string key = string(bytes, at);
      const auto type = number<std::uint32_t>(bytes, at);
      if (key == "tokenizer.ggml.tokens") {
        std::size_t peek = at + 4;
        tokens_ = number<std::uint64_t>(bytes, peek);
      }
      skip(bytes, at, type);
      if (!key.starts_with("tokenizer.ggml.")) continue;
      pairs_ += bytes.substr(begin, at - begin);
      ++pair_count_;
    }
  }

  template <typename T>
  static void put(std::string& to, T value) {
    to.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  static void put_string(std::string& to, std::string_view text) {
    put(to, std::uint64_t{text.size()});
    to += text;
  }
  void add(std::string_view key, std::string_view text) {
    put_string(pairs_, key);
    put(pairs_, std::uint32_t{kString});
    put_string(pairs_, text);
    ++pair_count_;
  }
  void add(std::string_view key, std::uint32_t value) {
    put_string(pairs_, key);
    put(pairs_, std::uint32_t{kUint32});
    put(pairs_, value);
    ++pair_count_;
  }

  void add_shape(std::string_view chat_template) {
    add("general.architecture", "llama");
    add("llama.context_length", shape_.context);
    add("llama.embedding_length", shape_.width);
    add("llama.block_count", shape_.layers);
    add("llama.feed_forward_length", shape_.inner);
    add("llama.attention.head_count", shape_.heads);
    add("llama.rope.dimension_count", shape_.width / shape_.heads);
    put_string(pairs_, "llama.attention.layer_norm_rms_epsilon");
    put(pairs_, std::uint32_t{kFloat32});
    put(pairs_, 1e-5f);
    ++pair_count_;
    if (!chat_template.empty()) add("tokenizer.chat_template", chat_template);
  }

  void add_weights() {
    tensor("token_embd.weight", {shape_.width, tokens_});
    for (std::uint32_t n = 0; n < shape_.layers; ++n) {
      const std::string layer = "blk." + std::to_string(n) + '.';
      for (const char* name : {"attn_norm", "ffn_norm"}) tensor(layer + name + ".weight", {shape_.width});
      for (const char* name : {"attn_q", "attn_k", "attn_v", "attn_output"})
        tensor(layer + name + ".weight", {shape_.width, shape_.width});
      for (const char* name : {"ffn_gate", "ffn_up"}) tensor(layer + name + ".weight", {shape_.width, shape_.inner});
      tensor(layer + "ffn_down.weight", {shape_.inner, shape_.width});
    }
    tensor("output_norm.weight", {shape_.width});
  }

  void tensor(const std::string& name, const std::vector<std::uint64_t>& shape) {
    put_string(tensors_, name);
    put(tensors_, static_cast<std::uint32_t>(shape.size()));
    std::uint64_t count = 1;
    for (const std::uint64_t size : shape) {
      put(tensors_, size);
      count *= size;
    }
    put(tensors_, std::uint32_t{0});  // float32
    put(tensors_, std::uint64_t{data_.size()});
    for (std::uint64_t n = 0; n < count; ++n)
      put(data_, shape.size() == 1 ? 1.0f : (static_cast<float>(random_() % 2001) - 1000.0f) / 4000.0f);
    data_.resize((data_.size() + kAlignment - 1) / kAlignment * kAlignment);
    ++tensor_count_;
  }

  void save(const std::string& path) const {
    std::string head = "GGUF";
    put(head, std::uint32_t{3});
    put(head, tensor_count_);
    put(head, pair_count_);
    head += pairs_ + tensors_;
    head.resize((head.size() + kAlignment - 1) / kAlignment * kAlignment);
    std::ofstream(path, std::ios::binary) << head << data_;
  }

  GgufShape shape_;
  std::minstd_rand random_{1};
  std::uint64_t tokens_ = 0, pair_count_ = 0, tensor_count_ = 0;
  std::string pairs_, tensors_, data_;
};

}  // namespace sluice::llm
