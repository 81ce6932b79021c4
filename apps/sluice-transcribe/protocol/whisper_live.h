// WhisperLive's protocol (collabora/WhisperLive, whisper_live/server.py and client.py): a JSON object with a "uid"
// first, then float32 samples at 16 kHz (s16le with "raw_pcm_input"); replies hold the last segments, of which the last
// may still change.
#pragma once

#include <memory>

#include "apps/sluice-transcribe/protocol/dialog.h"

namespace sluice::transcribe {

std::unique_ptr<Dialog> make_whisper_live_dialog();

}  // namespace sluice::transcribe
