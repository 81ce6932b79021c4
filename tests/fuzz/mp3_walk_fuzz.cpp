// Any bytes as an MP3 file: mp3scope's parser looks at them, accounts for every byte once, and nothing else.
#include "tools/mp3scope/file_tags.h"
#include "tools/mp3scope/text_report.h"

using namespace sluice::mp3scope;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes file(data, size);
  Statistics statistics;
  std::size_t in_frames = 0;
  std::size_t last_end = 0;
  const FileReport report = walk(file, [&](const FrameReport& frame) {
    if (frame.offset < last_end || frame.bytes == 0) __builtin_trap();
    last_end = frame.offset + frame.bytes;
    in_frames += frame.bytes;
    statistics.add(frame);
    frame_line(frame);
  });
  std::size_t elsewhere = 0;
  for (const Piece& piece : report.tags) elsewhere += piece.size;
  if (in_frames + elsewhere != size) __builtin_trap();
  summary("file", report, read_tags(file, report), statistics);
  return 0;
}
