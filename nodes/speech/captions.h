// From what a model recognised to the events of a transcript: partials whose first words stand still, finals with
// times.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/stream/transcript.h"
#include "nodes/speech/kernels/agreement.h"
#include "nodes/speech/recogniser.h"

namespace sluice::speech {

struct Caption {
  Transcript transcript;
  Time captured{};            // of the end of the speech that it tells
  std::int64_t position = 0;  // the same in samples
};

class Captions {
 public:
  explicit Captions(std::string language) : language_(std::move(language)) {}

  Caption partial(const RecogniserResult& result);
  // Confidences below `kDoubt` on average are taken for noise: the text is empty then.
  Caption final(const RecogniserResult& result);

  static constexpr double kDoubt = 0.3;

 private:
  Caption make(const RecogniserResult& result, const std::vector<std::string>& words) const;

  const std::string language_;
  Agreement agreement_;
  std::uint64_t segment_ = 0;  // that agreement_ is about
};

// True when a text ends as a sentence does.
bool is_whole_sentence(const Recognised& recognised);

}  // namespace sluice::speech
