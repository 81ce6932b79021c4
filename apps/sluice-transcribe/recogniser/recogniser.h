// The part of a transcription graph that recognises: the same behind a microphone, a file and a connection.
#pragma once

#include <string>
#include <vector>

#include "apps/sluice-transcribe/protocol/hotwords.h"
#include "engine/core/result.h"

namespace sluice::transcribe {

// A node, or a graph that serves as one, from 16 kHz mono audio to a transcript.
struct Recogniser {
  std::string type = "asr.two_pass";
  std::string params{};             // further ones, as in "partials=0.3 s"
  std::vector<Hotword> hotwords{};  // for everybody
};

// "TYPE" or "TYPE(PARAM=VALUE, ...)".
Result<Recogniser> parse_recogniser(const std::string& text);

// The same without partials, which take most of the work: for files. Only of asr.two_pass is it known how.
Recogniser finals_only(Recogniser recogniser);

// The chain in the one-line form, from audio of any format to a transcript; its recogniser is called "asr".
std::string recogniser_chain(const Recogniser& recogniser, const std::vector<Hotword>& hotwords = {});

// "phrase", "phrase:0.8" or, as FunASR has it, "phrase 20", one a line; what begins with # is a comment.
Result<std::vector<Hotword>> read_hotwords(const std::string& path);

}  // namespace sluice::transcribe
