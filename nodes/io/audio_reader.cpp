#include "nodes/io/audio_reader.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "nodes/io/audio_readers.h"

namespace sluice::io {
namespace {

constexpr double kPatience = 10;  // s for the first bytes of a stream
using Head = std::array<std::byte, 12>;

bool starts_with(const Head& head, std::string_view magic) {
  return std::ranges::equal(std::as_bytes(std::span(magic)), std::span(head).first(magic.size()));
}

// An ID3v2 tag, or an MPEG audio frame header with no reserved value (ISO/IEC 11172-3, 2.4.1.3).
bool looks_like_mp3(const Head& head) {
  if (starts_with(head, "ID3")) return true;
  const auto b = [&](std::size_t n) { return std::to_integer<unsigned>(head[n]); };
  const bool sync = b(0) == 0xFF && (b(1) & 0xE0) == 0xE0;
  return sync && (b(1) >> 3 & 3) != 1 && (b(1) >> 1 & 3) != 0 && b(2) >> 4 != 15 && (b(2) >> 2 & 3) != 3;
}

bool named_mp3(const std::string& path) {
  const std::size_t dot = path.find_last_of('.');
  std::string extension = dot == std::string::npos ? "" : path.substr(dot);
  std::ranges::transform(extension, extension.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return extension == ".mp3" || extension == ".mp2" || extension == ".mpga";
}

ReaderResult open_stream(ByteSource source, const Head& head, const std::string& path) {
  if (starts_with(head, "RIFF")) return make_wav_stream_reader(std::move(source), path);
  if (looks_like_mp3(head)) return make_mp3_reader(std::move(source), path);
  return std::unexpected(Error{
      "raw", fmt::format("{} is neither a WAV nor an MP3 stream: say what its samples are, as in raw=s16le:44100:2",
                         path == "-" ? "standard input" : path)});
}

}  // namespace

Result<std::unique_ptr<AudioReader>> open_audio(const std::string& path, const std::string& raw) {
  if (path.empty()) return std::unexpected(Error{"path", "needs the name of a file, or '-' for standard input"});
  auto source = ByteSource::open(path);
  if (!source) return std::unexpected(source.error());
  if (!raw.empty()) {
    const auto spec = parse_raw(raw);
    if (!spec) return std::unexpected(spec.error());
    return make_pcm_reader(std::move(*source), *spec);
  }
  if (path == "-" && ::isatty(STDIN_FILENO))
    return std::unexpected(Error{"path", "standard input is a terminal: pipe audio into it, or name a file"});
  Head head{};
  const auto count = source->read_fully(head, kPatience);
  if (!count)
    return std::unexpected(
        Error{"path", fmt::format("{}: {}", path == "-" ? "standard input" : path, count.error().message)});
  if (*count == 0) return std::unexpected(Error{"path", "standard input is empty"});
  source->unread(std::span(head).first(*count));
  if (!source->regular() || path == "-") return open_stream(std::move(*source), head, path);
  const bool other = starts_with(head, "RIFF") || starts_with(head, "FORM") || starts_with(head, "fLaC") ||
                     starts_with(head, "OggS") || starts_with(head, "caff") || starts_with(head, ".snd");
  if (looks_like_mp3(head) || (named_mp3(path) && !other)) return make_mp3_reader(std::move(*source), path);
  return make_sndfile_reader(std::move(*source), path);
}

}  // namespace sluice::io
