// What people read of a file: a summary, and a line per frame.
#pragma once

#include <string>

#include "tools/mp3scope/file_tags.h"
#include "tools/mp3scope/statistics.h"

namespace sluice::mp3scope {

std::string frame_heading();
// One line: offset, size, bitrate, mode, reservoir, and for every granule and channel block type, bits, gain, tables.
std::string frame_line(const FrameReport& frame);

std::string summary(const std::string& name, const FileReport& file, const FileTags& tags, const Statistics& all);

// "+1:23:45.678".
std::string clock_time(double seconds);

}  // namespace sluice::mp3scope
