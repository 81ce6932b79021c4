// What programs read of a file.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "tools/mp3scope/file_tags.h"
#include "tools/mp3scope/statistics.h"

namespace sluice::mp3scope {

nlohmann::json json_of(const FrameReport& frame);
// The whole file, without its frames.
nlohmann::json json_of(const std::string& name, const FileReport& file, const FileTags& tags, const Statistics& all);

}  // namespace sluice::mp3scope
