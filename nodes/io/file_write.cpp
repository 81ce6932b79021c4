// Writes a stream to a file or to standard output. Audio goes into the container that the name's ending says; packets
// (MP3, G.711) and text are written as they come, and may overwrite bytes before them (kRewrite: headers known at the
// end only).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <vector>

#include "engine/node/node.h"
#include "nodes/io/audio_writer.h"
#include "nodes/io/byte_sink.h"

namespace sluice::io {
namespace {

std::string extension_of(const std::string& path) {
  const std::size_t dot = path.find_last_of('.');
  if (dot == std::string::npos || path.find('/', dot) != std::string::npos) return "";
  std::string extension = path.substr(dot + 1);
  std::ranges::transform(extension, extension.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  if (extension == "aif") return "aiff";
  return extension == "oga" ? "ogg" : extension;
}

bool is_container(const std::string& name) {
  return name == "wav" || name == "flac" || name == "ogg" || name == "aiff" || name == "au";
}

class FileWrite final : public Node {
 public:
  In<Anything> in{*this, "in", "audio, packets or text"};
  Param<std::string> path{*this, "path", {.doc = "the file, emptied first; - is standard output", .required = true}};
  Param<std::string> format{*this,
                            "format",
                            {.default_value = "auto",
                             .choices = {"auto", "wav", "flac", "ogg", "aiff", "au", "raw"},
                             .doc = "container of audio; auto: by the name's ending, on standard output wav"}};
  Param<std::string> subtype{
      *this,
      "subtype",
      {.default_value = "s16", .choices = {"s16", "s24", "f32"}, .doc = "samples of audio; ogg has its own"}};
  Param<std::string> dither{
      *this, "dither", {.default_value = "none", .choices = {"none", "tpdf"}, .doc = "before rounding to s16 or s24"}};
  Counter clipped{*this, "clipped", "samples beyond full scale, written as full scale"};
  Counter invalid{*this, "invalid", "samples that are not numbers, written as 0", Counter::Tells::fault};
  Counter gaps{*this, "gaps", "places where blocks are missing in the stream"};
  Counter rewrites_lost{*this, "rewrites_lost", "headers that could not be completed: no seeking here"};

  Traits traits() const override { return {.realtime = false}; }

  std::string exclusive() const override {
    std::error_code failed;
    const std::filesystem::path file = std::filesystem::weakly_canonical(path.value(), failed);
    const bool other_kind = std::filesystem::exists(file, failed) && !std::filesystem::is_regular_file(file, failed);
    return path.is("-") ? "standard output" : other_kind ? "" : "the file " + file.string();
  }

  Status configure() override {
    if (path.value().empty()) return Error{"path", "needs the name of a file, or '-' for standard output"};
    const std::string extension = extension_of(path);
    const std::string& media = in.format().media;
    if (media == "packet" || media == "text") {
      if (!is_container(extension)) return {};
      return Error{"path", fmt::format("{}: packets of {} are written as they are, not as {}: put a decoder before it",
                                       path.value(), in.format().codec, extension)};
    }
    if (media != "audio")
      return Error{"in", fmt::format("writes audio, packets and text, but gets {}", to_string(in.format()))};
    spec_ = {.path = path,
             .container = format,
             .encoding = subtype.is("s24")   ? Encoding::s24
                         : subtype.is("f32") ? Encoding::f32
                                             : Encoding::s16,
             .dither = dither.is("tpdf") ? Quantizer::Dither::tpdf : Quantizer::Dither::none,
             .rate_hz = static_cast<int>(std::lround(in.format().rate_hz)),
             .channels = in.format().channels};
    if (format.is("auto")) spec_.container = path.is("-") ? "wav" : extension;
    if (extension == "mp3" && format.is("auto"))
      return Error{
          "path", fmt::format("{}: audio becomes MP3 in a node before this one: put `mp3.encode` there", path.value())};
    if (!is_container(spec_.container) && spec_.container != "raw")
      return Error{
          "path",
          fmt::format("{}: the ending should be wav, flac, ogg, aiff, au or raw; or say it in `format`", path.value())};
    return check_spec(spec_);
  }

  Status prepare() override {
    if (in.format().media != "audio") {
      auto opened = ByteSink::open(path);
      if (!opened) return opened.error();
      bytes_.emplace(std::move(*opened));
      bytes_->give_up_when([this] { return host().given_up(); });
      return {};
    }
    spec_.given_up = [this] { return host().given_up(); };
    auto created = create_audio(spec_);
    if (!created) return created.error();
    audio_ = std::move(*created);
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef block = in.next()) {
      if (in.gap() && started_) gaps.add();
      started_ = true;
      if (const Status status = audio_ ? write_audio(*block) : write_packet(*block); !status)
        return fail(status.error().message);
    }
    if (in.format().media == "packet" && host().now() - written_at_ < kLongestGathered) return;
    if (const Status status = write_gathered(); !status) fail(status.error().message);
  }

  void flush() REALTIME override { finish(); }

  void stop() override {
    finish();
    audio_.reset();
    bytes_.reset();
  }

 private:
  static constexpr std::size_t kMostGathered = 65536;                          // bytes
  static constexpr Duration kLongestGathered = std::chrono::milliseconds(50);  // between two writes, while packets come

  Status write_audio(const Block& block) {
    const std::size_t channels = block.channels(), frames = block.frames();
    interleaved_.resize(frames * channels);
    for (std::size_t c = 0; c < channels; ++c) {
      const auto x = block.channel(c);
      for (std::size_t n = 0; n < frames; ++n) interleaved_[n * channels + c] = x[n];
    }
    Status status = audio_->write(interleaved_);
    clipped.set(static_cast<double>(audio_->clipped()));
    invalid.set(static_cast<double>(audio_->invalid()));
    return status;
  }

  // Packets go to the system together: a call for each frame of MP3 would cost as much as its Huffman codes.
  Status write_packet(const Block& block) {
    if (!block.has(kRewrite)) {
      gathered_.insert(gathered_.end(), block.bytes().begin(), block.bytes().end());
      return gathered_.size() < kMostGathered ? Status{} : write_gathered();
    }
    if (Status status = write_gathered(); !status) return status;
    const auto done = bytes_->rewrite(block.header.position, block.bytes());
    if (!done) return done.error();
    if (!*done) rewrites_lost.add();
    return {};
  }

  Status write_gathered() {
    written_at_ = host().now();
    if (gathered_.empty()) return {};
    Status status = bytes_->append(gathered_);
    gathered_.clear();
    return status;
  }

  void finish() noexcept {
    if (std::exchange(finished_, true)) return;
    Status status = bytes_ ? write_gathered() : Status{};
    if (audio_) status = audio_->finish();
    if (bytes_ && status) status = bytes_->close();
    if (!status) fail(status.error().message);
  }

  WriteSpec spec_;
  std::unique_ptr<AudioWriter> audio_;
  std::optional<ByteSink> bytes_;
  std::vector<float> interleaved_;
  std::vector<std::byte> gathered_;
  Time written_at_{};
  bool started_ = false, finished_ = false;
};

}  // namespace

REGISTER_NODE(FileWrite, "file.write", "audio or packets to a file or standard output")

}  // namespace sluice::io
