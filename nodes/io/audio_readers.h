// The kinds of AudioReader; open_audio() chooses among them.
#pragma once

#include "nodes/io/audio_reader.h"
#include "nodes/io/byte_source.h"
#include "nodes/io/kernels/pcm.h"

namespace sluice::io {

using ReaderResult = Result<std::unique_ptr<AudioReader>>;

struct RawSpec {
  PcmType type;
  double rate_hz = 0;
  int channels = 0;
};
// "s16le:44100:2".
Result<RawSpec> parse_raw(const std::string& text);

ReaderResult make_pcm_reader(ByteSource source, const RawSpec& spec, std::uint64_t data_bytes = 0);
ReaderResult make_wav_stream_reader(ByteSource source, const std::string& path);
ReaderResult make_mp3_reader(ByteSource source, const std::string& path);
// `source` is `path` at its beginning.
ReaderResult make_sndfile_reader(ByteSource source, const std::string& path);

}  // namespace sluice::io
