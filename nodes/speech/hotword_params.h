// The parameters of every recogniser that prefers phrases.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "engine/node/node.h"
#include "nodes/speech/kernels/hotwords.h"

namespace sluice::speech {

struct HotwordParams {
  explicit HotwordParams(Node& node)
      : phrases{node,
                "hotwords",
                {.doc = "phrases to expect, with commas between; \":0.5\" to \":1.5\" after one weighs it"}},
        file{node, "hotwords_file", {.doc = "a file of such phrases, one a line"}} {}

  Param<std::string> phrases, file;

  // prepare(): what both say.
  Result<std::vector<Hotword>> read() const {
    std::vector<Hotword> all = parse_hotwords(phrases.value());
    if (file.value().empty()) return all;
    std::ifstream stream(file.value());
    if (!stream) return std::unexpected(Error{"hotwords_file", fmt::format("cannot read {}", file.value())});
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    std::ranges::move(parse_hotwords(text), std::back_inserter(all));
    return all;
  }
};

}  // namespace sluice::speech
