#include "nodes/mp3/kernels/adu.h"

#include <algorithm>

#include "nodes/mp3/kernels/crc.h"

namespace sluice::mp3 {
namespace {

SideInfo side_info_of(const FrameHeader& header, std::span<const std::uint8_t> bytes) {
  const auto at = static_cast<std::size_t>(header.head_bytes() - header.side_info_bytes());
  return SideInfo::parse(header, bytes.subspan(at, static_cast<std::size_t>(header.side_info_bytes())));
}

std::size_t whole_bytes(int bits) {
  return static_cast<std::size_t>((bits + 7) / 8);
}

// A frame that decodes to silence: no main data, whatever its main_data_begin. Returns the bytes of its head.
int write_silent_head(const FrameHeader& like, int bitrate_index, int main_data_begin,
                      std::span<const std::uint8_t> header_bytes, std::span<std::uint8_t> out) {
  const int size = like.head_bytes();
  std::fill_n(out.begin(), size, std::uint8_t{0});
  std::copy_n(header_bytes.begin(), kHeaderBytes, out.begin());
  out[2] = static_cast<std::uint8_t>(bitrate_index << 4 | (out[2] & 0x0d) | 2);  // padded
  out[3] = static_cast<std::uint8_t>(out[3] & 0xcf);                             // no mode_extension
  const auto side = out.subspan(static_cast<std::size_t>(size - like.side_info_bytes()));
  if (like.lsf()) {
    side[0] = static_cast<std::uint8_t>(main_data_begin);
  } else {
    side[0] = static_cast<std::uint8_t>(main_data_begin >> 1);
    side[1] = static_cast<std::uint8_t>((main_data_begin & 1) << 7);
  }
  if (like.crc) {
    const std::uint16_t crc = frame_crc(frame_crc(kFrameCrcStart, out.subspan(2, 2)),
                                        side.first(static_cast<std::size_t>(like.side_info_bytes())));
    out[4] = static_cast<std::uint8_t>(crc >> 8);
    out[5] = static_cast<std::uint8_t>(crc);
  }
  return size;
}

}  // namespace

AduPacker::AduPacker() : main_(kMaxBack + kMaxFrameBytes), adu_(kMaxAduBytes) {}

std::span<const std::uint8_t> AduPacker::pack(std::span<const std::uint8_t> frame) {
  const auto header = FrameHeader::parse(frame);
  if (!header || header->free_format() || static_cast<std::size_t>(header->frame_bytes()) != frame.size() ||
      frame.size() < static_cast<std::size_t>(header->head_bytes())) {
    forget();
    return {};
  }
  const auto head = frame.first(static_cast<std::size_t>(header->head_bytes()));
  const auto slot = frame.subspan(head.size());
  if (held_ > kMaxBack) {
    std::copy(main_.begin() + static_cast<std::ptrdiff_t>(held_ - kMaxBack),
              main_.begin() + static_cast<std::ptrdiff_t>(held_), main_.begin());
    held_ = kMaxBack;
  }
  std::copy(slot.begin(), slot.end(), main_.begin() + static_cast<std::ptrdiff_t>(held_));
  const std::size_t back = held_;
  held_ += slot.size();
  const SideInfo side = side_info_of(*header, frame);
  const std::size_t size = whole_bytes(side.main_data_bits());
  if (side.main_data_begin > back || size > side.main_data_begin + slot.size()) return {};
  const auto main_data = std::span(main_).subspan(back - side.main_data_begin, size);
  std::copy(head.begin(), head.end(), adu_.begin());
  std::copy(main_data.begin(), main_data.end(), adu_.begin() + static_cast<std::ptrdiff_t>(head.size()));
  return std::span(adu_).first(head.size() + size);
}

AduUnpacker::AduUnpacker(int rate_hz, int channels) : rate_hz_(rate_hz), channels_(channels), adu_(kMaxAduBytes) {}

bool AduUnpacker::belongs(const FrameHeader& header) const {
  return (rate_hz_ == 0 || header.rate_hz() == rate_hz_) && (channels_ == 0 || header.channels() == channels_);
}

bool AduUnpacker::push(std::span<const std::uint8_t> adu, int missing) {
  const auto header = FrameHeader::parse(adu);
  if (!header || header->free_format() || !belongs(*header)) return false;
  const auto head = static_cast<std::size_t>(header->head_bytes());
  if (adu.size() < head || header->frame_bytes() <= header->head_bytes()) return false;
  const SideInfo side = side_info_of(*header, adu);
  const std::size_t main_data = whole_bytes(side.main_data_bits());
  const std::size_t slot = static_cast<std::size_t>(header->frame_bytes()) - head;
  if (adu.size() < head + main_data || main_data > side.main_data_begin + slot) return false;
  adu_bytes_ = head + main_data;
  std::copy_n(adu.begin(), adu_bytes_, adu_.begin());
  header_ = *header;
  rate_hz_ = header->rate_hz();
  channels_ = header->channels();
  begin_ = side.main_data_begin;
  missing_ = missing;
  waiting_ = true;
  ++pushed_;
  return true;
}

bool AduUnpacker::pop(UnpackedFrame& frame) {
  MuxedFrame muxed;
  while (!mux_.pop(muxed))
    if (!advance()) return false;
  const Origin& origin = origin_[popped_++ % kMaxOrigins];
  frame = {
      .bytes = muxed.bytes, .independent = muxed.independent, .adu = origin.adu, .frames_before = origin.frames_before};
  return true;
}

// Puts the next frame into the multiplexer, if there is one.
bool AduUnpacker::advance() {
  if (!waiting_) return false;
  if (missing_ == 0 && begin_ > mux_.open_bytes()) missing_ = 1;  // more was lost than is known: RFC 5219, A.2
  if (missing_ > 0)
    push_silent_frame();
  else
    push_waiting();
  return true;
}

// The last one before an ADU is large enough for what that ADU puts into it.
void AduUnpacker::push_silent_frame() {
  std::array<std::uint8_t, kMaxHeadBytes> head;
  const int open = std::min(mux_.open_bytes(), header_.max_main_data_begin());
  FrameHeader silent = header_;
  silent.padding = true;
  const int wanted = missing_ == 1 ? begin_ - open : 0;
  while (silent.bitrate_index < 14 && silent.frame_bytes() - silent.head_bytes() < wanted) ++silent.bitrate_index;
  const int size = write_silent_head(silent, silent.bitrate_index, open, adu_, head);
  mux_.push(std::span(head).first(static_cast<std::size_t>(size)), silent.frame_bytes() - size, open, {});
  note(missing_--);
}

void AduUnpacker::push_waiting() {
  const auto head = static_cast<std::size_t>(header_.head_bytes());
  const auto adu = std::span<const std::uint8_t>(adu_).first(adu_bytes_);
  mux_.push(adu.first(head), header_.frame_bytes() - header_.head_bytes(), begin_, adu.subspan(head));
  note(0);
  waiting_ = false;
}

void AduUnpacker::note(int frames_before) {
  origin_[noted_++ % kMaxOrigins] = {.adu = pushed_ - 1, .frames_before = frames_before};
}

}  // namespace sluice::mp3
