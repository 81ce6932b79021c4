// The protocol of vosk-server (alphacep/vosk-server, websocket/asr_server.py): s16le in binary messages, and exactly
// one reply to each: the partial, or the text of an utterance that has ended.
#pragma once

#include <memory>

#include "apps/sluice-transcribe/protocol/dialog.h"

namespace sluice::transcribe {

// A reply is sent when the recogniser has taken the message's audio, so that a client which sends as fast as it gets
// replies is held back. {"eof" : 1} is answered with all that was not said yet, and the connection closes; {"reset" :
// 1} the same, and the next message begins a new stream. "phrase_list" gives hotwords.
std::unique_ptr<Dialog> make_vosk_dialog();

}  // namespace sluice::transcribe
