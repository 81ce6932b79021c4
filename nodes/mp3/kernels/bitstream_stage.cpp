#include "nodes/mp3/kernels/bitstream_stage.h"

#include <algorithm>

#include "nodes/mp3/kernels/crc.h"

namespace sluice::mp3 {
namespace {

constexpr std::int64_t kLeastFrames = 2;  // what ffmpeg wants to see before it believes that a file is MP3

}  // namespace

int closing_granules(const StreamFormat& format, std::int64_t granules, std::int64_t samples, bool look_ahead) {
  const std::int64_t wanted = samples + kEncoderDelay + kDecoderDelay;
  const std::int64_t frames = std::max(kLeastFrames, (wanted + format.frame_samples() - 1) / format.frame_samples());
  return static_cast<int>(std::max<std::int64_t>(0, frames * format.granules() + (look_ahead ? 1 : 0) - granules));
}

void set_gapless(const StreamFormat& format, std::int64_t samples, StreamTotals& totals) {
  const std::int64_t total = static_cast<std::int64_t>(totals.frames) * format.frame_samples();
  totals.enc_delay = kEncoderDelay;
  totals.padding = static_cast<std::uint16_t>(std::clamp<std::int64_t>(total - samples - kEncoderDelay, 0, 4095));
}

BitstreamStage::BitstreamStage(const StreamFormat& format, const HeaderOptions& options)
    : format_(format), options_(options), head_(kMaxHeadBytes), main_data_(kMaxMainDataBytes) {}

void BitstreamStage::push(const QuantizedFrame& frame) {
  const int begin = std::min<int>(frame.main_data_begin, mux_.open_bytes());
  int head = write_head(format_, options_, frame, begin, head_);
  int main_data = write_main_data(format_, frame, main_data_);
  const int slot = format_.frame_bytes_at(frame.bitrate_index) + (frame.padding ? 1 : 0) - head;
  if (main_data > begin + slot) {
    silent_.bitrate_index = frame.bitrate_index;
    silent_.padding = frame.padding;
    head = write_head(format_, options_, silent_, begin, head_);
    main_data = 0;
    ++silenced_;
  }
  mux_.push(std::span(head_).first(static_cast<std::size_t>(head)), slot, begin,
            std::span(main_data_).first(static_cast<std::size_t>(main_data)));
}

bool BitstreamStage::pop(MuxedFrame& frame) {
  if (!mux_.pop(frame)) return false;
  ++totals_.frames;
  totals_.bytes += static_cast<std::uint32_t>(frame.bytes.size());
  seek_points_.add(frame.bytes.size());
  totals_.music_crc = tag_crc(totals_.music_crc, frame.bytes);
  return true;
}

}  // namespace sluice::mp3
