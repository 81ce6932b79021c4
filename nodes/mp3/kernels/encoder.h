// The five stages of the encoder in a row: what the graph's nodes do, as one object for tests and programs.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "nodes/mp3/kernels/analysis.h"
#include "nodes/mp3/kernels/bitstream_stage.h"
#include "nodes/mp3/kernels/rate_loop.h"

namespace sluice::mp3 {

struct EncoderOptions {
  StereoMode stereo = StereoMode::kJoint;
  bool look_ahead = true;
  PsychoOptions psycho = {};
  RateOptions rate = {};
};

// Not thread-safe; encode() is real-time safe.
class Encoder {
 public:
  using Sink = std::function<void(const MuxedFrame&)>;

  Encoder(const StreamFormat& format, const EncoderOptions& options);

  // One granule of samples per channel, full scale +-1. `right` is not read for one channel.
  void encode(std::span<const float, kLines> left, std::span<const float, kLines> right, const Sink& sink);
  // Encodes silence until every sample given has left the encoder and the last frame is complete. `filler`: samples at
  // the end of the last granule that need not.
  void finish(const Sink& sink, int filler = 0);
  const StreamTotals& totals() const { return bitstream_.totals(); }

 private:
  void push(std::span<const float, kLines> left, std::span<const float, kLines> right, const Sink& sink);
  void drain(const Sink& sink);

  StreamFormat format_;
  bool look_ahead_;
  std::array<Polyphase, kMaxChannels> filterbank_;
  MdctStage mdct_;
  PsychoStage psycho_;
  RateLoop loop_;
  BitstreamStage bitstream_;
  SubbandSet subbands_{};
  SpectrumSet spectra_{};
  AnalysedFrame analysed_{};
  QuantizedFrame quantised_{};
  std::int64_t granules_ = 0;
};

}  // namespace sluice::mp3
