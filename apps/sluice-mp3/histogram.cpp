#include "apps/sluice-mp3/histogram.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "nodes/mp3/kernels/frame_header.h"

namespace sluice::apps {
namespace {

constexpr std::int64_t kWidth = 60;  // characters of the longest bar

// Bytes of an ID3v2 tag at the beginning.
std::streamoff tag_bytes(std::ifstream& file) {
  std::array<char, 10> head{};
  if (!file.read(head.data(), head.size()) || std::string_view(head.data(), 3) != "ID3") return 0;
  std::streamoff size = 0;
  for (std::size_t i = 6; i < head.size(); ++i) size = size << 7 | (static_cast<unsigned char>(head[i]) & 0x7f);
  return size + 10;
}

}  // namespace

BitrateHistogram read_histogram(const std::string& path) {
  BitrateHistogram histogram;
  std::ifstream file(path, std::ios::binary);
  std::streamoff at = tag_bytes(file);
  file.clear();
  for (bool tag_frame = true;; tag_frame = false) {
    std::array<std::uint8_t, mp3::kHeaderBytes> bytes{};
    if (!file.seekg(at) || !file.read(reinterpret_cast<char*>(bytes.data()), bytes.size())) return histogram;
    const auto header = mp3::FrameHeader::parse(bytes);
    if (!header || header->free_format()) return histogram;
    at += header->frame_bytes();
    if (tag_frame) continue;  // the Info frame is no sound
    ++histogram.frames[header->bitrate_kbps()];
    histogram.bytes += static_cast<std::uint64_t>(header->frame_bytes());
    histogram.seconds += static_cast<double>(header->frame_samples()) / header->rate_hz();
  }
}

std::string BitrateHistogram::text() const {
  std::string out;
  std::int64_t most = 1, all = 0;
  for (const auto& [kbps, count] : frames) {
    most = std::max(most, count);
    all += count;
  }
  for (const auto& [kbps, count] : frames)
    out += fmt::format("{:4} kbit/s {:9} {:5.1f} %  {}\n", kbps, count,
                       100 * static_cast<double>(count) / static_cast<double>(all),
                       std::string(static_cast<std::size_t>(1 + (kWidth - 1) * count / most), '*'));
  return out;
}

}  // namespace sluice::apps
