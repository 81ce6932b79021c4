// Which protocol a client speaks: the path says it, else its first message does.
#pragma once

#include <memory>
#include <string_view>

#include "apps/sluice-transcribe/protocol/dialog.h"

namespace sluice::transcribe {

// "/funasr", "/funasr/realtime", "/vosk", "/whisper": that protocol. Any other path: by the first message, which is a
// command of FunASR's newer protocol, a JSON object with "uid" (WhisperLive), with "config" or "eof" (Vosk), binary
// (Vosk), or any other JSON object (FunASR).
std::unique_ptr<Dialog> make_dialog(std::string_view path);

}  // namespace sluice::transcribe
