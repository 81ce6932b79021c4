#include "nodes/mp3/kernels/encoder.h"

#include "nodes/mp3/kernels/crc.h"

namespace sluice::mp3 {

BitstreamStage::BitstreamStage(const StreamFormat& format, const HeaderOptions& options)
    : format_(format), options_(options), head_(kMaxHeadBytes), main_data_(kMaxMainDataBytes) {}

void BitstreamStage::push(const QuantizedFrame& frame) {
  const int head = write_head(format_, options_, frame, head_);
  const int main_data = write_main_data(format_, frame, main_data_);
  const int slot = format_.frame_bytes_unpadded() + (frame.padding ? 1 : 0) - head;
  mux_.push(std::span(head_).first(static_cast<std::size_t>(head)), slot, frame.main_data_begin,
            std::span(main_data_).first(static_cast<std::size_t>(main_data)));
}

bool BitstreamStage::pop(MuxedFrame& frame) {
  if (!mux_.pop(frame)) return false;
  ++totals_.frames;
  totals_.bytes += static_cast<std::uint32_t>(frame.bytes.size());
  totals_.music_crc = tag_crc(totals_.music_crc, frame.bytes);
  return true;
}

Encoder::Encoder(const StreamFormat& format, const EncoderOptions& options)
    : format_(format),
      mdct_(format, options.stereo == StereoMode::kJoint),
      psycho_(format, options.stereo),
      loop_(format, options.rate),
      bitstream_(format, {.crc = options.rate.crc, .joint = options.stereo == StereoMode::kJoint}) {}

void Encoder::drain(const Sink& sink) {
  MuxedFrame frame;
  while (bitstream_.pop(frame)) sink(frame);
}

void Encoder::encode(std::span<const float, kLines> left, std::span<const float, kLines> right, const Sink& sink) {
  filterbank_[0].analyse(left, subbands_[0]);
  if (format_.channels == 2) filterbank_[1].analyse(right, subbands_[1]);
  if (!mdct_.push(subbands_, spectra_)) return;
  if (!psycho_.push(spectra_, analysed_)) return;
  loop_.encode(analysed_, quantised_);
  bitstream_.push(quantised_);
  drain(sink);
}

void Encoder::finish(const Sink& sink) {
  // The look-ahead granule, the overlap of the decoder's MDCT and filterbank (1057 samples: two granules), and what
  // completes a frame.
  const std::array<float, kLines> silence{};
  const int granules = 3 + format_.granules();
  for (int i = 0; i < granules; ++i) encode(silence, silence, sink);
  bitstream_.flush();
  drain(sink);
}

}  // namespace sluice::mp3
