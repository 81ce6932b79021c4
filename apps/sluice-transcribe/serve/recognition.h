// One stream of audio being recognised: a graph session of its own, on the executor and with the models that all share.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "apps/sluice-transcribe/protocol/hotwords.h"
#include "apps/sluice-transcribe/recogniser/recogniser.h"
#include "engine/core/result.h"
#include "engine/run/executor.h"
#include "engine/stream/transcript.h"

namespace sluice::transcribe {

class Recognition {
 public:
  // Called on some worker, one at a time: hand over, and return.
  struct Events {
    std::function<void(Transcript)> said;
    std::function<void(std::uint64_t samples)> taken;  // of the stream, since it began
    std::function<void()> ended;                       // the last event, whatever happened: see finish()
  };
  // Build and start a graph; both may take long, as models are loaded. Not for files: push() and end() feed it.
  static Result<std::unique_ptr<Recognition>> of_stream(const Recogniser& recogniser, double rate_hz,
                                                        const std::vector<Hotword>& hotwords, Executor& executor,
                                                        Events events);
  // Of an audio file of any kind that file.read knows.
  static Result<std::unique_ptr<Recognition>> of_file(const Recogniser& recogniser, const std::string& path,
                                                      const std::vector<Hotword>& hotwords, Executor& executor,
                                                      Events events);
  ~Recognition();  // gives up what is under way; waits for the step that is being done

  void push(std::vector<float> samples);  // one thread, as end() and waiting()
  void end();
  std::size_t waiting() const;  // samples pushed and not taken

  double read_s() const;  // seconds of the file's audio so far

  // After `ended`: stops the graph. The error is the first of a node.
  Status finish();

 private:
  class Impl;
  explicit Recognition(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::transcribe
