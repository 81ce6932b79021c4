#include "tools/mp3scope/json_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace sluice::mp3scope {
namespace {

using nlohmann::json;

template <typename T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

json json_of(const LameTag& tag) {
  return {{"encoder", tag.encoder},
          {"revision", tag.revision},
          {"vbr_method", tag.vbr_method},
          {"lowpass_hz", tag.lowpass_hz},
          {"peak", or_null(tag.peak)},
          {"track_gain_db", or_null(tag.track_gain_db)},
          {"album_gain_db", or_null(tag.album_gain_db)},
          {"bitrate_kbps", tag.bitrate_kbps},
          {"delay", tag.delay},
          {"padding", tag.padding},
          {"stereo_mode", tag.stereo_mode},
          {"music_bytes", tag.music_bytes},
          {"tag_crc_right", tag.tag_crc_right}};
}

json json_of(const StreamReport& stream) {
  const mp3::FrameHeader& h = stream.first;
  static constexpr std::array<const char*, 3> kVersions = {"1", "2", "2.5"};
  static constexpr std::array<const char*, 4> kModes = {"stereo", "joint", "dual", "mono"};
  json out = {{"offset", stream.offset},
              {"mpeg", kVersions[static_cast<std::size_t>(h.version)]},
              {"rate_hz", h.rate_hz()},
              {"channels", h.channels()},
              {"mode", kModes[static_cast<std::size_t>(h.mode)]},
              {"frames", stream.frames},
              {"bytes", stream.bytes},
              {"duration_s", stream.seconds()},
              {"tag", nullptr}};
  if (!stream.info) return out;
  const InfoFrame& info = *stream.info;
  out["tag"] = {{"kind", info.kind},
                {"frames", or_null(info.frames)},
                {"bytes", or_null(info.bytes)},
                {"quality", or_null(info.quality)},
                {"toc_error_percent", or_null(stream.toc_error_percent)},
                {"lame", info.lame ? json_of(*info.lame) : json(nullptr)}};
  if (info.lame) out["samples"] = stream.frames * h.frame_samples() - info.lame->delay - info.lame->padding;
  return out;
}

json coding_of(const Statistics& s) {
  json bitrates = json::object();
  for (const auto& [kbps, frames] : s.bitrates) bitrates[std::to_string(kbps)] = frames;
  json tables = json::object();
  for (std::size_t t = 0; t < s.tables.size(); ++t)
    if (s.tables[t] > 0) tables[std::to_string(t)] = s.tables[t];
  return {{"frames", s.frames},
          {"duration_s", s.seconds},
          {"mean_kbps", s.mean_kbps()},
          {"bitrates", bitrates},
          {"padded", s.padded},
          {"mid_side", s.mid_side},
          {"intensity", s.intensity},
          {"block_types",
           {{"long", s.block_types[0]},
            {"start", s.block_types[1]},
            {"short", s.block_types[2]},
            {"stop", s.block_types[3]}}},
          {"mixed_blocks", s.mixed_blocks},
          {"scfsi", s.scfsi},
          {"preflag", s.preflag},
          {"scalefac_scale", s.scalefac_scale},
          {"subblock_gain", s.subblock_gain},
          {"silent_granules", s.silent},
          {"tables", tables},
          {"count1_tables", s.count1_tables},
          {"crc", {{"right", s.crc_right}, {"wrong", s.crc_wrong}}},
          {"reservoir",
           {{"frames", s.reservoir_frames},
            {"mean_begin", s.mean_main_data_begin},
            {"largest_begin", s.largest_main_data_begin}}},
          {"largest_part2_3_length", s.largest_part2_3},
          {"unused_bytes", s.unused_bytes},
          {"global_gain", {s.least_gain, s.largest_gain}},
          {"largest_value", s.largest_value},
          {"highest_line", s.highest_line},
          {"undecodable", s.undecodable}};
}

json faults_of(const FileReport& file, Severity severity) {
  json out = json::array();
  for (const Fault& fault : file.faults)
    if (fault.severity == severity)
      out.push_back({{"offset", fault.offset}, {"frame", fault.frame}, {"message", fault.text}});
  return out;
}

json json_of(const FileTags& tags) {
  json out = json::array();
  for (const FileTag& tag : tags) {
    json fields = json::array();
    for (const auto& [name, value] : tag.fields) fields.push_back({name, value});
    out.push_back(
        {{"kind", tag.kind}, {"offset", tag.offset}, {"bytes", tag.size}, {"fields", fields}, {"fault", tag.fault}});
  }
  return out;
}

json granule_of(const FrameReport& frame, int gr, int ch) {
  const mp3::GranuleSide& side = frame.side.granule[gr][ch];
  const GranuleData& data = frame.data[gr][ch];
  return {{"block_type", side.block_type},
          {"mixed", side.mixed_block},
          {"part2_3_length", side.part2_3_length},
          {"part2_length", data.part2_bits},
          {"big_values", side.big_values},
          {"count1", data.count1},
          {"global_gain", side.global_gain},
          {"subblock_gain", side.subblock_gain},
          {"scalefac_compress", side.scalefac_compress},
          {"scalefac_scale", side.scalefac_scale},
          {"preflag", side.preflag},
          {"tables", side.table_select},
          {"regions", {side.region0_count, side.region1_count}},
          {"count1_table", side.count1table_select},
          {"scfsi", gr == 1 ? frame.side.scfsi[ch] : 0},
          {"largest", data.largest},
          {"left_bits", data.left_bits}};
}

}  // namespace

json json_of(const FrameReport& frame) {
  json out = {{"frame", frame.index},
              {"offset", frame.offset},
              {"bytes", frame.bytes},
              {"kbps", frame.kbps},
              {"padding", frame.header.padding},
              {"mid_side", frame.header.mid_side},
              {"intensity", frame.header.intensity},
              {"crc", frame.crc == CrcState::kNone    ? "none"
                      : frame.crc == CrcState::kRight ? "right"
                                                      : "wrong"},
              {"tag_frame", frame.info_frame}};
  if (frame.info_frame) return out;
  out["main_data_begin"] = frame.side.main_data_begin;
  out["reservoir"] = frame.reservoir_bytes;
  out["main_data_bytes"] = frame.main_data_bytes;
  out["unused_bytes"] = frame.unused_bytes;
  out["decodable"] = frame.decodable;
  json granules = json::array();
  for (int gr = 0; gr < frame.header.granules(); ++gr) {
    json channels = json::array();
    for (int ch = 0; ch < frame.header.channels(); ++ch) channels.push_back(granule_of(frame, gr, ch));
    granules.push_back(channels);
  }
  out["granules"] = granules;
  return out;
}

json json_of(const std::string& name, const FileReport& file, const FileTags& tags, const Statistics& all) {
  json streams = json::array();
  for (const StreamReport& stream : file.streams) streams.push_back(json_of(stream));
  return {{"file", name},
          {"bytes", file.bytes},
          {"ok", file.fault_count == 0},
          {"errors", faults_of(file, Severity::kFault)},
          {"error_count", file.fault_count},
          {"notes", faults_of(file, Severity::kNote)},
          {"streams", streams},
          {"overall", coding_of(all)},
          {"tags", json_of(tags)}};
}

}  // namespace sluice::mp3scope
