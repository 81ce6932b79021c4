#include "tools/mp3scope/text_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sluice::mp3scope {
namespace {

constexpr int kHistogramWidth = 40;

const char* version_name(mp3::MpegVersion version) {
  return version == mp3::MpegVersion::kMpeg1 ? "MPEG-1" : version == mp3::MpegVersion::kMpeg2 ? "MPEG-2" : "MPEG-2.5";
}

const char* mode_name(const mp3::FrameHeader& header) {
  switch (header.mode) {
    case mp3::ChannelMode::kMono:
      return "mono";
    case mp3::ChannelMode::kDualChannel:
      return "dual channel";
    case mp3::ChannelMode::kStereo:
      return "stereo";
    default:
      return "joint stereo";
  }
}

const char* mode_mark(const mp3::FrameHeader& header) {
  if (header.channels() == 1) return "M ";
  if (header.mid_side) return header.intensity ? "MI" : "MS";
  return header.intensity ? "IS" : "LR";
}

double percent(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 0;
}

std::string bitrate_lines(const Statistics& all) {
  std::string out;
  std::int64_t most = 1;
  for (const auto& [kbps, frames] : all.bitrates) most = std::max(most, frames);
  for (const auto& [kbps, frames] : all.bitrates)
    out += fmt::format("  {:4} kbit/s {:9} {:5.1f} %  {}\n", kbps, frames, percent(frames, all.frames),
                       std::string(static_cast<std::size_t>(1 + (kHistogramWidth - 1) * frames / most), '#'));
  return out;
}

std::string lame_lines(const LameTag& tag) {
  std::string out = fmt::format("            encoder '{}', {}, low-pass {} Hz, delay {}, padding {}\n", tag.encoder,
                                tag.vbr_method == 1   ? "CBR"
                                : tag.vbr_method == 2 ? "ABR"
                                : tag.vbr_method > 2  ? fmt::format("VBR method {}", tag.vbr_method)
                                                      : "method unknown",
                                tag.lowpass_hz, tag.delay, tag.padding);
  if (tag.track_gain_db) out += fmt::format("            track gain {:+.1f} dB", *tag.track_gain_db);
  if (tag.peak) out += fmt::format("{}peak {:.4f}", tag.track_gain_db ? ", " : "            ", *tag.peak);
  if (tag.track_gain_db || tag.peak) out += '\n';
  return out;
}

std::string info_lines(const StreamReport& stream) {
  if (!stream.info) return "  tag       none: length and gapless ends are guesses\n";
  const InfoFrame& info = *stream.info;
  std::string out = fmt::format("  tag       {}", info.kind);
  if (info.frames) out += fmt::format(", {} frames", *info.frames);
  if (info.bytes) out += fmt::format(", {} bytes", *info.bytes);
  if (info.quality) out += fmt::format(", quality {}", *info.quality);
  if (stream.toc_error_percent) out += fmt::format(", seek table within {:.1f} %", *stream.toc_error_percent);
  out += '\n';
  if (info.lame) {
    out += lame_lines(*info.lame);
    const std::int64_t samples = stream.frames * stream.first.frame_samples() - info.lame->delay - info.lame->padding;
    out += fmt::format("            {} samples of sound, {}\n", samples,
                       clock_time(static_cast<double>(samples) / stream.first.rate_hz()));
  }
  return out;
}

std::string stream_lines(const StreamReport& stream) {
  const mp3::FrameHeader& h = stream.first;
  return fmt::format("  stream    {} Layer III, {} Hz, {}, {} frames, {}, at byte {}\n", version_name(h.version),
                     h.rate_hz(), mode_name(h), stream.frames, clock_time(stream.seconds()), stream.offset) +
         info_lines(stream);
}

std::string coding_lines(const Statistics& s) {
  const std::int64_t granules = s.block_types[0] + s.block_types[1] + s.block_types[2] + s.block_types[3];
  std::string out = fmt::format("  bitrate   {:.1f} kbit/s on average; {} frames padded\n", s.mean_kbps(), s.padded);
  out += bitrate_lines(s);
  out += fmt::format("  stereo    mid/side {:.1f} %, left/right {:.1f} %, intensity {:.1f} % of the frames\n",
                     percent(s.mid_side, s.frames), percent(s.left_right, s.frames), percent(s.intensity, s.frames));
  out += fmt::format("  blocks    long {:.1f} %, start {:.1f} %, short {:.1f} %, stop {:.1f} %, mixed {}\n",
                     percent(s.block_types[0], granules), percent(s.block_types[1], granules),
                     percent(s.block_types[2], granules), percent(s.block_types[3], granules), s.mixed_blocks);
  out += fmt::format(
      "  reservoir reached by {:.1f} % of the frames, main_data_begin {:.0f} bytes on average, {} at most\n",
      percent(s.reservoir_frames, s.frames), s.mean_main_data_begin, s.largest_main_data_begin);
  out +=
      fmt::format("  bits      part2_3_length {} at most; {} bytes carry nothing\n", s.largest_part2_3, s.unused_bytes);
  out += fmt::format(
      "  gains     global_gain {}..{}; scalefac_scale {:.1f} %, preflag {:.1f} %, subblock_gain {:.1f} %, scfsi {:.1f} "
      "%\n",
      s.least_gain, s.largest_gain, percent(s.scalefac_scale, granules), percent(s.preflag, granules),
      percent(s.subblock_gain, granules), percent(s.scfsi, granules / 2));
  out += fmt::format("  values    largest {}, highest line {} of 576, silent granules {}\n", s.largest_value,
                     s.highest_line, s.silent);
  out += "  tables   ";
  for (std::size_t t = 0; t < s.tables.size(); ++t)
    if (s.tables[t] > 0) out += fmt::format(" {}:{}", t, s.tables[t]);
  out += fmt::format(" | A:{} B:{}\n", s.count1_tables[0], s.count1_tables[1]);
  if (s.crc_right + s.crc_wrong > 0) out += fmt::format("  checksums {} right, {} wrong\n", s.crc_right, s.crc_wrong);
  return out;
}

std::string tag_lines(const FileTags& tags) {
  std::string out;
  for (const FileTag& tag : tags) {
    out += fmt::format("  {:9} {} bytes at byte {}{}\n", tag.kind, tag.size, tag.offset,
                       tag.fault.empty() ? "" : ": " + tag.fault);
    for (const auto& [name, value] : tag.fields) out += fmt::format("            {} {}\n", name, value);
  }
  return out;
}

std::string fault_lines(const FileReport& file) {
  std::string out;
  for (const Fault& fault : file.faults)
    out += fmt::format("  {} byte {}{}: {}\n", fault.severity == Severity::kFault ? "FAULT" : "note ", fault.offset,
                       fault.frame >= 0 ? fmt::format(", frame {}", fault.frame) : "", fault.text);
  if (file.faults.size() == FileReport::kMaxFaults) out += "  ... and perhaps more\n";
  return out + (file.fault_count == 0
                    ? "  clean\n"
                    : fmt::format("  {} fault{}\n", file.fault_count, file.fault_count > 1 ? "s" : ""));
}

std::string granule_text(const FrameReport& frame, int gr, int ch) {
  const mp3::GranuleSide& side = frame.side.granule[gr][ch];
  std::string tables;
  for (int region = 0; region < (side.window_switching ? 2 : 3); ++region)
    tables += fmt::format("{}{}", region > 0 ? "," : "", side.table_select[region]);
  return fmt::format(" | {}{} {:4} b g{:3} bv{:3} c{:3} t{}{}", "LBSE"[side.block_type], side.mixed_block ? "m" : " ",
                     side.part2_3_length, side.global_gain, side.big_values, frame.data[gr][ch].count1, tables,
                     side.count1table_select != 0 ? "B" : "A");
}

}  // namespace

std::string clock_time(double seconds) {
  const auto minutes = static_cast<std::int64_t>(seconds / 60);
  return fmt::format("{}:{:06.3f}", minutes, seconds - 60.0 * static_cast<double>(minutes));
}

std::string frame_heading() {
  return "frame   byte       size kbit/s mode  begin/had unused | per granule and channel: block (L long, B start, S "
         "short,"
         " E stop), bits, global_gain, big_values, count1, tables\n";
}

std::string frame_line(const FrameReport& frame) {
  std::string out = fmt::format("{:6} {:10} {:5}{} {:4.0f}   {}{}", frame.index, frame.offset, frame.bytes,
                                frame.header.padding ? "+" : " ", frame.kbps, mode_mark(frame.header),
                                frame.crc == CrcState::kNone    ? "  "
                                : frame.crc == CrcState::kRight ? "c "
                                                                : "C!");
  if (frame.info_frame) return out + " tag frame\n";
  out += fmt::format(" {:4}/{:<4} {:4}", frame.side.main_data_begin, frame.reservoir_bytes, frame.unused_bytes);
  for (int gr = 0; gr < frame.header.granules(); ++gr)
    for (int ch = 0; ch < frame.header.channels(); ++ch) out += granule_text(frame, gr, ch);
  return out + '\n';
}

std::string summary(const std::string& name, const FileReport& file, const FileTags& tags, const Statistics& all) {
  std::string out = fmt::format("{}: {} bytes, {}\n", name, file.bytes, clock_time(all.seconds));
  for (const StreamReport& stream : file.streams) out += stream_lines(stream);
  if (all.frames > 0) out += coding_lines(all);
  return out + tag_lines(tags) + fault_lines(file);
}

}  // namespace sluice::mp3scope
