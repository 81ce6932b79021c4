#include "nodes/io/audio_writer.h"

#include <fmt/format.h>
#include <sndfile.h>

#include <array>
#include <vector>

#include "nodes/io/byte_sink.h"
#include "nodes/io/kernels/wav_header.h"

namespace sluice::io {
namespace {

// A RIFF size field has 32 bits; some room for headers.
constexpr std::uint64_t kWavLimit = 0xFFFFFFFFu - 65536u;

Quantizer quantizer_for(const WriteSpec& spec) {
  return Quantizer(bits_of(spec.encoding == Encoding::f32 ? Encoding::s16 : spec.encoding), spec.dither);
}

// Raw samples, and WAV where there is no seeking.
class StreamWriter final : public AudioWriter {
 public:
  StreamWriter(ByteSink sink, const WriteSpec& spec)
      : AudioWriter(quantizer_for(spec)), sink_(std::move(sink)), type_{spec.encoding, false} {}

  Status header(const WriteSpec& spec) { return sink_.append(make_wav_header({type_, spec.rate_hz, spec.channels})); }

  Status write(std::span<const float> interleaved) override {
    bytes_.resize(interleaved.size() * type_.bytes());
    encode_pcm(interleaved, type_, quantizer_, bytes_);
    return sink_.append(bytes_);
  }
  Status finish() override { return sink_.close(); }

 private:
  ByteSink sink_;
  PcmType type_;
  std::vector<std::byte> bytes_;
};

struct Closer {
  void operator()(SNDFILE* file) const { sf_close(file); }
};
using File = std::unique_ptr<SNDFILE, Closer>;

// Integers are rounded here, not by libsndfile, whose full scale for writing is 32767: 16 bit in is 16 bit out.
class SndfileWriter final : public AudioWriter {
 public:
  // `claim` keeps the file from being read or written by another node meanwhile.
  SndfileWriter(File file, ByteSink claim, const WriteSpec& spec)
      : AudioWriter(quantizer_for(spec)), claim_(std::move(claim)), file_(std::move(file)), spec_(spec) {}

  Status write(std::span<const float> interleaved) override {
    const auto samples = static_cast<sf_count_t>(interleaved.size());
    written_ += interleaved.size() * PcmType{spec_.encoding, false}.bytes();
    if (spec_.container == "wav" && written_ > kWavLimit)
      return Error{"path", fmt::format("{}: WAV ends at 4 GiB: write .flac, .aiff or .raw", spec_.path)};
    sf_count_t done = 0;
    if (spec_.encoding == Encoding::f32 || spec_.container == "ogg") {
      done = sf_write_float(file_.get(), interleaved.data(), samples);
    } else {
      const int shift = 32 - bits_of(spec_.encoding);  // libsndfile takes integers with the sign bit on top
      integers_.clear();
      for (const float x : interleaved)
        integers_.push_back(static_cast<int>(static_cast<unsigned>(quantizer_(x)) << shift));
      done = sf_write_int(file_.get(), integers_.data(), samples);
    }
    return done == samples ? Status{} : failure();
  }

  Status finish() override {
    sf_write_sync(file_.get());
    if (sf_error(file_.get()) != SF_ERR_NO_ERROR) return failure();
    const int result = sf_close(file_.release());
    return result == 0 ? Status{} : Error{"path", fmt::format("{}: {}", spec_.path, sf_error_number(result))};
  }

 private:
  Error failure() const {
    return {"path", fmt::format("{}: cannot be written ({}): is the disk full?", spec_.path, sf_strerror(file_.get()))};
  }

  ByteSink claim_;
  File file_;
  WriteSpec spec_;
  std::vector<int> integers_;
  std::uint64_t written_ = 0;  // bytes of samples
};

SF_INFO info_for(const WriteSpec& spec) {
  constexpr std::array kContainers{std::pair{"wav", SF_FORMAT_WAV}, std::pair{"flac", SF_FORMAT_FLAC},
                                   std::pair{"ogg", SF_FORMAT_OGG}, std::pair{"aiff", SF_FORMAT_AIFF},
                                   std::pair{"au", SF_FORMAT_AU}};
  SF_INFO info{};
  info.samplerate = spec.rate_hz;
  info.channels = spec.channels;
  for (const auto& [name, format] : kContainers)
    if (spec.container == name) info.format = format;
  info.format |= spec.container == "ogg"          ? SF_FORMAT_VORBIS
                 : spec.encoding == Encoding::s16 ? SF_FORMAT_PCM_16
                 : spec.encoding == Encoding::s24 ? SF_FORMAT_PCM_24
                                                  : SF_FORMAT_FLOAT;
  return info;
}

}  // namespace

Status check_spec(const WriteSpec& spec) {
  if (spec.container == "raw") return {};
  if (spec.path == "-" && spec.container != "wav")
    return Error{"format", fmt::format("{} cannot be written to standard output, allowed: wav, raw", spec.container)};
  const SF_INFO info = info_for(spec);
  if (sf_format_check(&info)) return {};
  return Error{"format",
               fmt::format("{} cannot hold {} channels of {} samples at {} Hz", spec.container, spec.channels,
                           spec.encoding == Encoding::f32 ? "float" : fmt::format("{} bit", bits_of(spec.encoding)),
                           spec.rate_hz)};
}

Result<std::unique_ptr<AudioWriter>> create_audio(const WriteSpec& spec) {
  auto sink = ByteSink::open(spec.path);  // says better than libsndfile why a file cannot be made
  if (!sink) return std::unexpected(sink.error());
  if (spec.path == "-" || spec.container == "raw") {
    sink->give_up_when(spec.given_up);
    auto writer = std::make_unique<StreamWriter>(std::move(*sink), spec);
    if (spec.container == "raw") return writer;
    if (const Status status = writer->header(spec); !status) return std::unexpected(status.error());
    return writer;
  }
  SF_INFO info = info_for(spec);
  File file(sf_open(spec.path.c_str(), SFM_WRITE, &info));
  if (!file) return std::unexpected(Error{"path", fmt::format("{}: {}", spec.path, sf_strerror(nullptr))});
  sf_command(file.get(), SFC_SET_ADD_PEAK_CHUNK, nullptr, SF_FALSE);  // it holds the date: equal runs, equal bytes
  return std::make_unique<SndfileWriter>(std::move(file), std::move(*sink), spec);
}

}  // namespace sluice::io
