// Which files become which.
#pragma once

#include <string>
#include <vector>

#include "engine/core/result.h"

namespace sluice::apps {

struct EncodeJob {
  std::string in, out;
};

// `names`: IN [OUT], or with a folder, more than two, or `out_dir`, all of them inputs. Folders are looked through for
// sound files (not for MP3). Outputs stand beside their inputs, or under `out_dir` (made as needed) as under the
// folder. An error where two inputs would become one output, or an output would overwrite an input.
Result<std::vector<EncodeJob>> find_jobs(const std::vector<std::string>& names, const std::string& out_dir);

}  // namespace sluice::apps
