// FunASR's newer streaming protocol (modelscope/FunASR, funasr/bin/realtime_ws.py): START, STOP, HOTWORDS:a,b and
// LANGUAGE:x as texts, 16 kHz s16le as binary messages; replies hold all sentences and a partial that is replaced.
#pragma once

#include <memory>

#include "apps/sluice-transcribe/protocol/dialog.h"

namespace sluice::transcribe {

std::unique_ptr<Dialog> make_realtime_dialog();

// True for a text message that this protocol may begin with.
bool begins_realtime(std::string_view message);

}  // namespace sluice::transcribe
