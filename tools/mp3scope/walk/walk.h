// A whole file of MP3 frames, looked at bit by bit: every header, checksum, side information and Huffman code, the
// reservoir, the tags and what they promise. Takes any bytes.
#pragma once

#include <functional>
#include <vector>

#include "tools/mp3scope/walk/fault.h"
#include "tools/mp3scope/walk/granule_data.h"
#include "tools/mp3scope/walk/info_frame.h"

namespace sluice::mp3scope {

enum class CrcState { kNone, kRight, kWrong };

struct FrameReport {
  std::int64_t index = 0;  // of all frames of the file
  std::size_t offset = 0;
  std::size_t bytes = 0;
  mp3::FrameHeader header{};
  double kbps = 0;  // of free format, too
  CrcState crc = CrcState::kNone;
  bool info_frame = false;  // a tag: no sound
  mp3::SideInfo side{};
  int reservoir_bytes = 0;  // of earlier frames' main data that it could reach back to
  int main_data_bytes = 0;  // its own
  int unused_bytes = 0;     // between the frame before and this one: ancillary data, stuffing
  bool decodable = false;   // its main data are there, and nothing in its side information forbids reading them
  std::array<std::array<GranuleData, mp3::kMaxChannels>, mp3::kMaxGranules> data{};
};

// One stream: frames of one rate and channel count behind one tag frame. Files that were put together have several.
struct StreamReport {
  std::size_t offset = 0;
  mp3::FrameHeader first{};
  std::int64_t frames = 0;  // without the tag frame
  std::size_t bytes = 0;    // of frames, with the tag frame
  std::optional<InfoFrame> info;
  std::optional<double> toc_error_percent;  // largest distance of the seek table from the truth, of the play time
  double seconds() const { return static_cast<double>(frames) * first.frame_samples() / first.rate_hz(); }
};

struct FileReport {
  std::size_t bytes = 0;
  std::vector<StreamReport> streams;
  std::vector<Piece> tags;       // and junk: all but frames
  std::vector<Fault> faults;     // the first kMaxFaults
  std::int64_t fault_count = 0;  // of Severity::kFault
  static constexpr std::size_t kMaxFaults = 1000;
};

// Calls `on_frame` for every frame in order.
FileReport walk(Bytes file, const std::function<void(const FrameReport&)>& on_frame = {});

}  // namespace sluice::mp3scope
