#include "tools/mp3scope/walk/walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nodes/mp3/kernels/crc.h"
#include "tools/mp3scope/walk/reservoir_view.h"

namespace sluice::mp3scope {
namespace {

using mp3::FrameHeader;
using mp3::GranuleSide;

// Where the frames of one stream stand, to judge its seek table.
using FrameOffsets = std::vector<std::size_t>;

class Walk {
 public:
  Walk(Bytes file, const std::function<void(const FrameReport&)>& on_frame)
      : file_(file), scanner_(file), on_frame_(on_frame) {
    report_.bytes = file.size();
  }

  FileReport run() {
    while (const auto piece = scanner_.next()) {
      if (piece->kind == PieceKind::kFrame)
        take_frame(*piece);
      else
        take_other(*piece);
    }
    finish_stream();
    if (report_.streams.empty()) fault(0, "no MP3 frame in this file");
    return std::move(report_);
  }

 private:
  void note(Severity severity, std::size_t offset, std::string text, std::int64_t frame = -1) {
    if (severity == Severity::kFault) ++report_.fault_count;
    if (report_.faults.size() < FileReport::kMaxFaults)
      report_.faults.push_back({.severity = severity, .offset = offset, .frame = frame, .text = std::move(text)});
  }
  void fault(std::size_t offset, std::string text, std::int64_t frame = -1) {
    note(Severity::kFault, offset, std::move(text), frame);
  }

  void take_other(const Piece& piece) {
    report_.tags.push_back(piece);
    if (piece.kind == PieceKind::kJunk) {
      const Bytes junk = file_.subspan(piece.offset, piece.size);
      const bool zeros = std::ranges::all_of(junk, [](std::uint8_t byte) { return byte == 0; });
      fault(piece.offset,
            fmt::format("{} bytes that are neither frame nor tag{}", piece.size, zeros ? " (zeros)" : ""));
      lose_reservoir();
    } else if (piece.kind == PieceKind::kTruncatedFrame) {
      fault(piece.offset, fmt::format("the file ends inside a frame, {} bytes into it", piece.size), next_index_);
    }
  }

  void lose_reservoir() {
    reservoir_.forget();
    main_data_end_bit_ = 0;
    whole_ = false;
  }

  void take_frame(const Piece& piece) {
    FrameReport frame;
    frame.index = next_index_++;
    frame.offset = piece.offset;
    frame.bytes = piece.size;
    frame.header = piece.header;
    frame.kbps = piece.header.free_format()
                     ? 8e-3 * static_cast<double>(piece.size) * piece.header.rate_hz() / piece.header.frame_samples()
                     : piece.header.bitrate_kbps();
    const Bytes bytes = file_.subspan(piece.offset, piece.size);
    auto info = read_info_frame(piece.header, bytes);
    frame.info_frame = info.has_value();
    if (report_.streams.empty() || info || !piece.header.same_stream(report_.streams.back().first))
      begin_stream(piece, info);
    StreamReport& stream = report_.streams.back();
    stream.bytes += piece.size;
    if (!frame.info_frame) {
      ++stream.frames;
      offsets_.push_back(piece.offset);
      check_header(frame);
      take_main_data(frame, bytes);
    }
    if (on_frame_) on_frame_(frame);
  }

  void begin_stream(const Piece& piece, const std::optional<InfoFrame>& info) {
    finish_stream();
    if (!report_.streams.empty()) {
      const FrameHeader& h = piece.header;
      note(Severity::kNote, piece.offset,
           fmt::format("another stream begins: {} Hz, {} channel{}", h.rate_hz(), h.channels(),
                       h.channels() > 1 ? "s" : ""),
           next_index_ - 1);
    }
    report_.streams.push_back({.offset = piece.offset, .first = piece.header, .info = info, .toc_error_percent = {}});
    reservoir_.forget();
    main_data_end_bit_ = 0;
    whole_ = true;
    last_block_type_ = {-1, -1};
  }

  void check_header(FrameReport& frame) {
    const Bytes bytes = file_.subspan(frame.offset, frame.bytes);
    const auto side_at = static_cast<std::size_t>(frame.header.head_bytes() - frame.header.side_info_bytes());
    const Bytes side = bytes.subspan(side_at, static_cast<std::size_t>(frame.header.side_info_bytes()));
    frame.side = mp3::SideInfo::parse(frame.header, side);
    if (!frame.header.crc) return;
    const std::uint16_t crc = mp3::frame_crc(mp3::frame_crc(mp3::kFrameCrcStart, bytes.subspan(2, 2)), side);
    const int written = bytes[4] << 8 | bytes[5];
    frame.crc = crc == written ? CrcState::kRight : CrcState::kWrong;
    if (frame.crc == CrcState::kWrong)
      fault(frame.offset + 4, fmt::format("checksum is {:04x}, should be {:04x}", written, crc), frame.index);
  }

  void take_main_data(FrameReport& frame, Bytes bytes) {
    const auto head = static_cast<std::size_t>(frame.header.head_bytes());
    reservoir_.append(bytes.subspan(head), frame.offset + head);
    frame.reservoir_bytes = std::min(reservoir_.back_bytes(), frame.header.max_main_data_begin());
    frame.main_data_bytes = (frame.side.main_data_bits() + 7) / 8;
    const int begin = frame.side.main_data_begin;
    if (!check_side(frame)) {
      main_data_end_bit_ = 0;  // nobody knows
      return;
    }
    if (begin > frame.reservoir_bytes) {
      const std::string text =
          fmt::format("main_data_begin is {} where {} bytes are there", begin, frame.reservoir_bytes);
      // Behind a cut it cannot be otherwise, and decoders wait.
      note(whole_ ? Severity::kFault : Severity::kNote, frame.offset, text, frame.index);
      return;
    }
    whole_ = true;
    check_place(frame, begin);
    read_granules(frame, begin);
  }

  // True when the main data can be read.
  bool check_side(const FrameReport& frame) {
    bool readable = true;
    const auto slot = frame.bytes - static_cast<std::size_t>(frame.header.head_bytes());
    for (int gr = 0; gr < frame.header.granules(); ++gr)
      for (int ch = 0; ch < frame.header.channels(); ++ch) {
        const GranuleSide& side = frame.side.granule[gr][ch];
        if (const std::string_view what = side_fault(side); !what.empty()) {
          fault(frame.offset, fmt::format("granule {} channel {}: {}", gr, ch, what), frame.index);
          readable = false;
        }
        check_block_order(frame, gr, ch);
      }
    if (static_cast<std::size_t>(frame.main_data_bytes) > frame.side.main_data_begin + slot) {
      fault(frame.offset,
            fmt::format("main data of {} bytes, but only {} until the end of the frame", frame.main_data_bytes,
                        frame.side.main_data_begin + slot),
            frame.index);
      readable = false;
    }
    return readable;
  }

  // Windows overlap as they should only in the order long, start, short, stop: 11172-3 2.4.3.4.10.3.
  void check_block_order(const FrameReport& frame, int gr, int ch) {
    const int type = frame.side.granule[gr][ch].block_type;
    const int last = last_block_type_[ch];
    last_block_type_[ch] = type;
    if (last < 0) return;
    const bool short_follows = last == 1 || last == 2;  // start and short are followed by short or stop
    const bool is_short_or_stop = type == 2 || type == 3;
    if (short_follows != is_short_or_stop)
      note(Severity::kNote, frame.offset,
           fmt::format("granule {} channel {}: block type {} behind {}", gr, ch, type, last), frame.index);
  }

  // The main data of frames follow one another; ancillary data or stuffing may stand between them.
  void check_place(FrameReport& frame, int begin) {
    const std::int64_t start = 8 * (reservoir_.slot_position() - begin);
    if (main_data_end_bit_ > 0) {
      if (start < main_data_end_bit_)
        fault(frame.offset,
              fmt::format("main data begin {} bits inside those of the frame before", main_data_end_bit_ - start),
              frame.index);
      else
        frame.unused_bytes = static_cast<int>((start - main_data_end_bit_) / 8);
    }
    main_data_end_bit_ = start + frame.side.main_data_bits();
  }

  void read_granules(FrameReport& frame, int begin) {
    frame.decodable = true;
    mp3::BitReader in(reservoir_.from(begin));
    for (int gr = 0; gr < frame.header.granules(); ++gr)
      for (int ch = 0; ch < frame.header.channels(); ++ch) {
        const std::size_t at = reservoir_.file_offset(begin, in.at() / 8);
        const unsigned scfsi = gr == 1 ? frame.side.scfsi[ch] : 0;
        const GranuleData data = read_granule(frame.header, frame.side.granule[gr][ch], ch, scfsi, in);
        frame.data[gr][ch] = data;
        if (data.left_bits == 0) continue;
        const std::string_view how =
            data.left_bits > 0 ? "bits are left behind the last line" : "bits too few for the Huffman codes";
        fault(at, fmt::format("granule {} channel {}: {} {}", gr, ch, std::abs(data.left_bits), how), frame.index);
      }
  }

  void finish_stream() {
    if (!report_.streams.empty() && report_.streams.back().info) check_info(report_.streams.back());
    offsets_.clear();
  }

  void check_info(StreamReport& stream) {
    const InfoFrame& info = *stream.info;
    if (info.frames && *info.frames != stream.frames)
      fault(stream.offset, fmt::format("the tag says {} frames, there are {}", *info.frames, stream.frames));
    if (info.bytes && *info.bytes != stream.bytes)
      fault(stream.offset, fmt::format("the tag says {} bytes, there are {}", *info.bytes, stream.bytes));
    if (info.toc) check_toc(stream);
    if (info.lame) check_lame(stream);
  }

  // Players jump to toc[p] / 256 of the file for p percent of the play time.
  void check_toc(StreamReport& stream) {
    if (offsets_.empty()) return;
    double largest = 0;
    for (std::size_t percent = 0; percent < 100; ++percent) {
      const double byte = (*stream.info->toc)[percent] / 256.0 * static_cast<double>(stream.bytes);
      const auto there = std::ranges::upper_bound(offsets_, stream.offset + static_cast<std::size_t>(byte));
      const double reached =
          100.0 * static_cast<double>(there - offsets_.begin()) / static_cast<double>(offsets_.size());
      largest = std::max(largest, std::abs(reached - static_cast<double>(percent)));
    }
    stream.toc_error_percent = largest;
    // An entry is 0.4 % of the file; in short files a frame is more.
    if (largest > 2.0 + 200.0 / static_cast<double>(offsets_.size()))
      fault(stream.offset, fmt::format("the tag's seek table is off by up to {:.1f} % of the play time", largest));
  }

  void check_lame(const StreamReport& stream) {
    const LameTag& tag = *stream.info->lame;
    // Only LAME's own name promises the checksums; others leave them empty.
    const bool promised = tag.encoder.starts_with("LAME") && !tag.encoder.starts_with("LAMEH");
    if (!tag.tag_crc_right && (promised || tag.tag_crc != 0))
      fault(stream.offset, "the tag's checksum of itself is wrong");
    if (tag.music_bytes != 0 && tag.music_bytes != stream.bytes)
      fault(stream.offset, fmt::format("the tag says {} bytes of music, there are {}", tag.music_bytes, stream.bytes));
    if (!promised && tag.music_crc == 0) return;
    const std::size_t first = offsets_.empty() ? file_.size() : offsets_.front();
    const std::size_t end = std::min(file_.size(), stream.offset + stream.bytes);
    if (first > end || mp3::tag_crc(0, file_.subspan(first, end - first)) != tag.music_crc)
      fault(stream.offset, "the tag's checksum of the music does not match: bytes were changed");
  }

  Bytes file_;
  Scanner scanner_;
  const std::function<void(const FrameReport&)>& on_frame_;
  FileReport report_;
  ReservoirView reservoir_;
  std::int64_t next_index_ = 0;
  std::int64_t main_data_end_bit_ = 0;  // of the frame before, in the reservoir's positions; 0: none
  bool whole_ = true;                   // nothing was lost before the present frame
  std::array<int, mp3::kMaxChannels> last_block_type_ = {-1, -1};
  FrameOffsets offsets_;
};

}  // namespace

FileReport walk(Bytes file, const std::function<void(const FrameReport&)>& on_frame) {
  return Walk(file, on_frame).run();
}

}  // namespace sluice::mp3scope
