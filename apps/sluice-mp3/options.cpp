#include "apps/sluice-mp3/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>

#include "apps/common/graph_files.h"

namespace sluice::apps {
namespace {

constexpr double kMostAthFall = 100, kMostAthRise = 40;  // dB, as mp3.psychoacoustics has them

// What one processor gives the other at a time: so much that waking it costs nothing beside the frames, and so little
// that the frames stay in its cache (10 KiB each).
constexpr int kGatheredFrames = 16;
constexpr double kLargestKhz = 1000;  // above it a frequency is in Hz, as some write it

void add_rate_options(CLI::App& app, EncodeOptions& o) {
  app.add_option("-b", o.bitrate, "kbit/s: a constant bitrate of MP3; with -V or --abr the least of a frame")
      ->capture_default_str()
      ->each([&o](const std::string&) { o.bitrate_given = true; })
      ->group("Bitrate");
  app.add_option("-V", o.quality, "a variable bitrate: 0 best (some 230 kbit/s), 2 (170), 4 (130) .. 9.999 smallest")
      ->check(CLI::Range(0.0, 9.999))
      ->group("Bitrate");
  app.add_flag(
         "-v,--vbr-new,--vbr-old", [&o](std::int64_t) { o.quality = o.quality < 0 ? 4 : o.quality; }, "-V 4")
      ->group("Bitrate");
  app.add_option("--abr", o.abr, "kbit/s: a variable bitrate of this mean")
      ->check(CLI::Range(8, 320))
      ->group("Bitrate");
  app.add_option("-B", o.max_bitrate, "kbit/s: the most of a frame")->group("Bitrate");
  app.add_flag(
         "--cbr", [&o](std::int64_t) { o.quality = -1, o.abr = 0; }, "a constant bitrate, as without it")
      ->group("Bitrate");
  app.add_option("--preset", o.preset,
                 "medium (-V 4), standard (-V 2), extreme (-V 0), insane (-b 320), or kbit/s (--abr)")
      ->group("Bitrate");
}

void add_sound_options(CLI::App& app, EncodeOptions& o) {
  app.add_option("-m", o.mode, "s stereo, j joint stereo, f mid/side throughout, m mono; a lets the encoder choose")
      ->check(CLI::IsMember({'a', 's', 'j', 'f', 'm'}))
      ->capture_default_str()
      ->group("Sound");
  app.add_flag(
         "-a", [&o](std::int64_t) { o.mode = 'm'; }, "mix to mono, as -m m")
      ->group("Sound");
  app.add_option("--resample", o.resample_khz,
                 "kHz: the MP3's sampling rate; without it the file's, or lower at low bitrates")
      ->group("Sound");
  app.add_option("--lowpass", o.lowpass_khz, "cut-off in kHz; 0: by bitrate")->group("Sound");
  app.add_flag("-k", o.full_band, "no low-pass")->group("Sound");
  app.add_flag("--nores", o.no_reservoir, "no bit reservoir: every frame stands alone")->group("Sound");
  app.add_flag("-p", o.crc, "protect every frame's header by a checksum")->group("Sound");
  app.add_option("--athlower", o.ath_lower_db, "dB: takes the threshold in quiet to be lower; negative: higher")
      ->check(CLI::Range(-kMostAthRise, kMostAthFall))
      ->group("Sound");
  app.add_flag(
         "--noath", [&o](std::int64_t) { o.ath_lower_db = kMostAthFall; }, "no threshold in quiet: faint sounds count")
      ->group("Sound");
  app.add_option_function<int>(
         "-q", [](const int&) {},
         "0 .. 9, LAME's choice of quality or speed: accepted without effect, there is one method")
      ->check(CLI::Range(0, 9))
      ->group("Sound");
}

void add_input_options(CLI::App& app, EncodeOptions& o) {
  app.add_flag("-r", o.raw_input, "the input is samples without a header")->group("Input");
  app.add_option("-s", o.raw_rate_khz, "kHz of such input")->capture_default_str()->group("Input");
  app.add_option("--bitwidth", o.raw_bits, "bits of such input: 8, 16, 24, 32")
      ->check(CLI::IsMember({8, 16, 24, 32}))
      ->capture_default_str()
      ->group("Input");
  app.add_flag("--big-endian,-x", o.raw_big_endian, "such input has its bytes the other way round")->group("Input");
  app.add_flag_function(
         "--little-endian,--signed", [](std::int64_t) {}, "as without it")
      ->group("Input");
  app.add_option("--raw", o.raw, "all of this in one: s16le:44100:2 (also u8, s24le, s32le, f32le, ...be)")
      ->group("Input");
}

void add_tag_options(CLI::App& app, EncodeOptions& o) {
  app.add_option("--tt", o.tags.title, "title")->group("Tags");
  app.add_option("--ta", o.tags.artist, "artist")->group("Tags");
  app.add_option("--tl", o.tags.album, "album")->group("Tags");
  app.add_option("--ty", o.tags.year, "year")->group("Tags");
  app.add_option("--tc", o.tags.comment, "comment")->group("Tags");
  app.add_option("--tn", o.tags.track, "track, as 3 or 3/12")->group("Tags");
  app.add_option("--tg", o.tags.genre, "genre: a name, or a number of ID3v1's list")->group("Tags");
  app.add_option("--ti", o.tags.cover, "cover: a JPEG or PNG file")->check(CLI::ExistingFile)->group("Tags");
  app.add_flag_function(
         "--add-id3v2", [](std::int64_t) {}, "as without it: ID3v2.4 and ID3v1 are written")
      ->group("Tags");
  app.add_flag("--id3v1-only", o.id3v1_only, "no ID3v2.4")->group("Tags");
  app.add_flag("--id3v2-only", o.id3v2_only, "no ID3v1")->excludes("--id3v1-only")->group("Tags");
  app.add_flag("--replaygain,--replaygain-fast,--replaygain-accurate", o.replay_gain,
               "measure loudness (EBU R 128) for players; takes about as long as the encoding")
      ->group("Tags");
  app.add_flag("--noreplaygain{false}", o.replay_gain, "as without it")->group("Tags");
  app.add_flag("-t", o.no_info_tag, "no Info tag: no seek table, no exact ends")->group("Tags");
}

void add_run_options(CLI::App& app, EncodeOptions& o) {
  app.add_option("in", o.names,
                 "IN [OUT], or several files and folders. WAV, FLAC, Ogg, AIFF or MP3; - is standard input")
      ->required();
  app.add_option("--out-dir", o.out_dir, "put all MP3 files there, in the folders' order")->group("Running");
  app.add_option("-j,--jobs", o.jobs, "files at a time")
      ->check(CLI::Range(1, 256))
      ->capture_default_str()
      ->group("Running");
  app.add_option("--threads", o.threads, "2 encodes one file on two processors; the bytes are the same")
      ->check(CLI::Range(1, 2))
      ->capture_default_str()
      ->group("Running");
  app.add_flag("-S,--silent,--quiet", o.quiet, "no progress and no summary")->group("Running");
  app.add_flag("--nohist", o.no_histogram, "no histogram of bitrates")->group("Running");
  app.add_flag_function(
         "--brief,--verbose", [](std::int64_t) {}, "as without it")
      ->group("Running");
  app.add_flag("--json", o.json, "print one JSON object with the measurements at the end")->group("Running");
}

Status settle_preset(EncodeOptions& o) {
  static const std::map<std::string, double> kQualities = {{"medium", 4}, {"standard", 2}, {"extreme", 0}};
  if (o.preset.empty()) return {};
  if (const auto quality = kQualities.find(o.preset); quality != kQualities.end()) {
    o.quality = quality->second;
  } else if (o.preset == "insane") {
    o.bitrate = 320;
  } else {
    char* end = nullptr;
    o.abr = static_cast<int>(std::strtol(o.preset.c_str(), &end, 10));
    if (*end != '\0' || o.abr < 8 || o.abr > 320)
      return Error{"--preset",
                   fmt::format("'{}': allowed are medium, standard, extreme, insane, and 8 to 320", o.preset)};
  }
  return {};
}

double hertz(double khz) {
  return khz > kLargestKhz ? khz : 1000 * khz;
}

std::string raw_text(const EncodeOptions& o) {
  if (!o.raw_input) return o.raw;
  const std::string order = o.raw_bits == 8 ? "" : o.raw_big_endian ? "be" : "le";
  return fmt::format("{}{}{}:{:.0f}:{}", o.raw_bits == 8 ? "u" : "s", o.raw_bits, order, hertz(o.raw_rate_khz),
                     o.mode == 'm' ? 1 : 2);
}

const char* mode_name(char mode) {
  switch (mode) {
    case 's':
      return "stereo";
    case 'j':
      return "joint";
    case 'f':
      return "ms";
    case 'm':
      return "mono";
    default:
      return "auto";
  }
}

const char* yes_or_no(bool yes) {
  return yes ? "true" : "false";
}

}  // namespace

void add_options(CLI::App& app, EncodeOptions& options) {
  add_run_options(app, options);
  add_rate_options(app, options);
  add_sound_options(app, options);
  add_input_options(app, options);
  add_tag_options(app, options);
  for (CLI::Option* option : app.get_options())  // the last one wins, as in LAME
    if (!option->get_positional() && option->get_expected_max() == 1)
      option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

Status settle(EncodeOptions& o) {
  if (Status status = settle_preset(o); !status) return status;
  if (o.quality >= 0 && o.abr > 0) return Error{"-V", "a quality and a mean bitrate (--abr) cannot both be kept"};
  if (o.max_bitrate > 0 && o.constant_bitrate()) return Error{"-B", "goes with -V or --abr"};
  if (o.raw_input && !o.raw.empty()) return Error{"--raw", "says what -r says, too: use one"};
  return {};
}

GraphRequest request_for(const EncodeOptions& o, const std::string& in, const std::string& out) {
  const bool varies = !o.constant_bitrate();
  GraphRequest request{.file = find_own_graph("file_to_mp3"), .line = {}, .vars = {}, .replacements = {}};
  request.vars = {{"in", in},
                  {"out", out},
                  {"raw", raw_text(o)},
                  {"bitrate", std::to_string(varies ? 128 : o.bitrate)},
                  {"vbr", fmt::format("{}", o.quality)},
                  {"abr", std::to_string(o.abr)},
                  {"min_bitrate", std::to_string(varies && o.bitrate_given ? o.bitrate : 0)},
                  {"max_bitrate", std::to_string(o.max_bitrate)},
                  {"rate", o.resample_khz > 0 ? fmt::format("{:.0f}", hertz(o.resample_khz)) : "auto"},
                  {"mode", mode_name(o.mode)},
                  {"lowpass", fmt::format("{} Hz", o.full_band ? 24000 : hertz(o.lowpass_khz))},
                  {"ath", fmt::format("{} dB", 0.0 - o.ath_lower_db)},
                  {"reservoir", yes_or_no(!o.no_reservoir)},
                  {"crc", yes_or_no(o.crc)},
                  {"info_tag", yes_or_no(!o.no_info_tag)},
                  {"split", yes_or_no(o.threads > 1)},
                  {"gather", std::to_string(o.threads > 1 ? kGatheredFrames : 1)},
                  {"title", o.tags.title},
                  {"artist", o.tags.artist},
                  {"album", o.tags.album},
                  {"year", o.tags.year},
                  {"comment", o.tags.comment},
                  {"track", o.tags.track},
                  {"genre", o.tags.genre},
                  {"cover", o.tags.cover},
                  {"id3v2", yes_or_no(!o.id3v1_only)},
                  {"id3v1", yes_or_no(!o.id3v2_only)}};
  // Into a pipe nobody could put the result, which is known at the end.
  if (o.replay_gain && out != "-") request.additions = {"source -> tag.audio"};
  return request;
}

std::string rate_text(const EncodeOptions& o) {
  if (o.quality >= 0) return fmt::format("-V {:g}", o.quality);
  return o.abr > 0 ? fmt::format("ABR {} kbit/s", o.abr) : fmt::format("{} kbit/s", o.bitrate);
}

}  // namespace sluice::apps
