// What models are told: the texts of prompts/, compiled in, or files of the user's own.
#pragma once

#include <string>
#include <string_view>

#include "engine/core/result.h"

namespace sluice::llm {

// `which` is "en" or "zh" for the text prompts/<task>.<which>.txt, or the path of a file. The error says what is wrong.
Result<std::string> prompt_text(std::string_view task, std::string_view which);

}  // namespace sluice::llm
