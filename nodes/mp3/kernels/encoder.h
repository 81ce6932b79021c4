// The five stages of the encoder in a row: what the graph's nodes do, as one object for tests and programs.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "nodes/mp3/kernels/analysis.h"
#include "nodes/mp3/kernels/frame_mux.h"
#include "nodes/mp3/kernels/info_tag.h"
#include "nodes/mp3/kernels/rate_loop.h"

namespace sluice::mp3 {

// Samples from the input to its place in a raw decode, less kDecoderDelay: filterbank and MDCT of both sides, 1057.
inline constexpr int kEncoderDelay = 1057 - kDecoderDelay;

// Formats and multiplexes quantised frames, and keeps the totals for the Info tag. The last of the five stages.
class BitstreamStage {
 public:
  BitstreamStage(const StreamFormat& format, const HeaderOptions& options);

  // Call pop() until it returns false before the next push().
  void push(const QuantizedFrame& frame);
  void flush() { mux_.flush(); }
  bool pop(MuxedFrame& frame);
  // Frames, bytes and CRC of what pop() has handed out.
  const StreamTotals& totals() const { return totals_; }

 private:
  StreamFormat format_;
  HeaderOptions options_;
  FrameMux mux_;
  StreamTotals totals_;
  std::vector<std::uint8_t> head_;
  std::vector<std::uint8_t> main_data_;
};

struct EncoderOptions {
  StereoMode stereo = StereoMode::kJoint;
  RateOptions rate;
};

// Not thread-safe; encode() is real-time safe.
class Encoder {
 public:
  using Sink = std::function<void(const MuxedFrame&)>;

  Encoder(const StreamFormat& format, const EncoderOptions& options);

  // One granule of samples per channel, full scale +-1. `right` is not read for one channel.
  void encode(std::span<const float, kLines> left, std::span<const float, kLines> right, const Sink& sink);
  // Encodes silence until every sample given has left the encoder and the last frame is complete.
  void finish(const Sink& sink);
  const StreamTotals& totals() const { return bitstream_.totals(); }

 private:
  void drain(const Sink& sink);

  StreamFormat format_;
  std::array<Polyphase, kMaxChannels> filterbank_;
  MdctStage mdct_;
  PsychoStage psycho_;
  RateLoop loop_;
  BitstreamStage bitstream_;
  SubbandSet subbands_{};
  SpectrumSet spectra_{};
  AnalysedFrame analysed_{};
  QuantizedFrame quantised_{};
};

}  // namespace sluice::mp3
