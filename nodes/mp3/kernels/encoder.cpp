#include "nodes/mp3/kernels/encoder.h"

namespace sluice::mp3 {

Encoder::Encoder(const StreamFormat& format, const EncoderOptions& options)
    : format_(format),
      look_ahead_(options.look_ahead),
      mdct_(format, options.stereo, options.look_ahead),
      psycho_(format, options.stereo, options.psycho),
      loop_(format, options.rate),
      bitstream_(format, {.crc = options.rate.crc, .joint = options.stereo != StereoMode::kStereo}) {}

void Encoder::drain(const Sink& sink) {
  MuxedFrame frame;
  while (bitstream_.pop(frame)) sink(frame);
}

void Encoder::encode(std::span<const float, kLines> left, std::span<const float, kLines> right, const Sink& sink) {
  ++granules_;
  push(left, right, sink);
}

void Encoder::push(std::span<const float, kLines> left, std::span<const float, kLines> right, const Sink& sink) {
  filterbank_[0].analyse(left, subbands_[0]);
  if (format_.channels == 2) filterbank_[1].analyse(right, subbands_[1]);
  if (!mdct_.push(subbands_, spectra_)) return;
  if (!psycho_.push(spectra_, analysed_)) return;
  loop_.encode(analysed_, quantised_);
  bitstream_.push(quantised_);
  drain(sink);
}

void Encoder::finish(const Sink& sink, int filler) {
  const std::array<float, kLines> silence{};
  for (int left = closing_granules(format_, granules_, granules_ * kLines - filler, look_ahead_); left > 0; --left)
    push(silence, silence, sink);
  bitstream_.flush();
  drain(sink);
}

}  // namespace sluice::mp3
