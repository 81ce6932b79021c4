// FunASR's two-pass WebSocket protocol, as its C++ server speaks it (modelscope/FunASR, runtime/websocket/bin/
// websocket-server-2pass.cpp) and its Python, C++ and html5 clients expect it.
#pragma once

#include <memory>

#include "apps/sluice-transcribe/protocol/dialog.h"

namespace sluice::transcribe {

// Clients put "2pass-online" texts together, so only words that will not change are sent; a "2pass-offline" text
// replaces what was sent of its utterance. Exactly one message of a stream has is_final true: the last. "is_end" is
// answered in that message where it was asked for. Mode "online" sends agreed words only, "offline" one text at the
// end. Times of words ("timestamp", a string with one pair a word) only where `"timestamps": true` asks for them: the
// html5 client fails on pairs that are not as many as it counts words.
std::unique_ptr<Dialog> make_funasr_dialog();

}  // namespace sluice::transcribe
