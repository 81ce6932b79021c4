// Transcripts in text files: references, and what was recognised.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/core/result.h"
#include "tools/sluice-score/normalise.h"

namespace sluice::score {

struct Utterance {
  std::string name, text;
};

// "NAME<TAB>TEXT" a line, names unique. A text without any tab is one utterance without a name. Empty lines do not
// count; a byte order mark and carriage returns are taken off. `file` is named in errors.
Result<std::vector<Utterance>> parse_transcripts(std::string_view text, const std::string& file);
Result<std::vector<Utterance>> read_transcripts(const std::string& path);

// "WORD<TAB>WORDS" a line: what is read as what; both are normalised.
Result<Equal> read_equal(const std::string& path, Normalisation normalisation);

}  // namespace sluice::score
