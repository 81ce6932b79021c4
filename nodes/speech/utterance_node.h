// The node that every recogniser of whole utterances is: frames of speech in, events of a transcript out. What differs
// is the model (load()).
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "engine/node/node.h"
#include "nodes/speech/captions.h"
#include "nodes/speech/payloads.h"
#include "nodes/speech/recogniser.h"
#include "nodes/speech/utterances.h"

namespace sluice::speech {

// Decoding runs on workers of its own (recogniser.h), so that frames are taken at once whatever else runs; the node
// drives itself: it emits when a worker has a result. A block's capture time and position are those of the end of the
// speech that it tells of. Delay: until the first partial that tells of a sample is asked for.
class UtteranceNode : public Node {
 public:
  In<SpeechFrame> in{*this, "in", "frames of utterances, as vad.silero gives them"};
  Out<Text<"transcript">> out{*this, "out", "partials and finals, one JSON event a block"};
  Param<double> partials{*this,
                         "partials",
                         {.unit = "s",
                          .default_value = 0.4,
                          .min = 0,
                          .max = 10,
                          .doc = "new audio between partial results; 0: finals only, as for files"}};
  Param<double> quick_end{
      *this,
      "quick_end",
      {.unit = "s", .default_value = 0.25, .min = 0.15, .max = 5, .doc = "silence that ends a whole sentence"}};
  Counter partials_shed{*this, "partials_shed", "partials that were not worth decoding any more"};
  Counter finals{*this, "finals", "utterances that were recognised"};
  Counter backlog{*this, "backlog_s", "seconds of audio that wait for their final"};

  Traits traits() const final { return {.realtime = false}; }
  bool self_driven() const final { return true; }
  Status configure() final;
  Status prepare() final;
  Pull pull() REALTIME final;
  void stop() final;

 protected:
  struct Loaded {
    std::unique_ptr<UtteranceModel> model;
    std::string language;  // BCP 47
  };
  // prepare(): the model with this stream's settings.
  virtual Result<Loaded> load() = 0;

 private:
  void take_frames() noexcept;
  void follow_up(Utterances::Asked asked);
  void publish(RecogniserResult result);
  void emit(const Caption& caption);

  std::optional<Utterances> utterances_;
  std::optional<Captions> captions_;
  std::shared_ptr<Workers> workers_;          // the process's, kept while this stream needs them
  std::shared_ptr<Recogniser> recogniser_;    // a worker may hold it a little longer
  std::optional<RecogniserResult> pause_;     // decoded, and not known yet to be an end
  std::deque<std::uint64_t> awaited_pauses_;  // known to be ends, and not decoded yet
  bool closed_ = false;
};

}  // namespace sluice::speech
