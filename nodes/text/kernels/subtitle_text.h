// Subtitles as files: SubRip (.srt) and WebVTT (W3C Candidate Recommendation, 4 April 2019).
#pragma once

#include <cstdint>
#include <string>

#include "nodes/text/kernels/cues.h"

namespace sluice::text {

enum class SubtitleFormat { srt, vtt };

// "01:02:03,456", or "01:02:03.456" for WebVTT. Times before 0 are 0.
std::string time_text(double time_s, SubtitleFormat format);
// What a file begins with.
std::string subtitle_head(SubtitleFormat format);
// One cue with the empty line after it; `number` counts from 1.
std::string subtitle_cue(const Cue& cue, std::uint64_t number, SubtitleFormat format);

}  // namespace sluice::text
