// sherpa-onnx's C API, loaded when the first node needs it (its C++ API has another ABI than this program).
#pragma once

#include <memory>

#include "engine/core/result.h"

#ifdef SLUICE_SPEECH
#include <sherpa-onnx/c-api/c-api.h>
#endif

namespace sluice::speech {

#ifdef SLUICE_SPEECH

// The functions of the library that are used here, under their names without "SherpaOnnx".
struct SherpaApi {
#define SLUICE_SHERPA_FUNCTIONS(entry)                                                                                 \
  entry(CreateOnlineRecognizer) entry(DestroyOnlineRecognizer) entry(CreateOnlineStream)                               \
      entry(CreateOnlineStreamWithHotwords) entry(DestroyOnlineStream) entry(OnlineStreamAcceptWaveform) entry(        \
          OnlineStreamInputFinished) entry(OnlineStreamSetOption) entry(IsOnlineStreamReady) entry(DecodeOnlineStream) \
          entry(GetOnlineStreamResult) entry(DestroyOnlineRecognizerResult) entry(CreateOfflineRecognizer)             \
              entry(DestroyOfflineRecognizer) entry(CreateOfflineStream) entry(CreateOfflineStreamWithHotwords)        \
                  entry(DestroyOfflineStream) entry(AcceptWaveformOffline) entry(DecodeOfflineStream)                  \
                      entry(GetOfflineStreamResult) entry(DestroyOfflineRecognizerResult)                              \
                          entry(CreateOfflinePunctuation) entry(DestroyOfflinePunctuation)                             \
                              entry(CreateOnlinePunctuation) entry(DestroyOnlinePunctuation)                           \
                                  entry(OnlinePunctuationAddPunct) entry(OnlinePunctuationFreeText)                    \
                                      entry(CreateOnlineSpeechDenoiser) entry(DestroyOnlineSpeechDenoiser)             \
                                          entry(OnlineSpeechDenoiserGetSampleRate)                                     \
                                              entry(OnlineSpeechDenoiserGetFrameShiftInSamples)                        \
                                                  entry(OnlineSpeechDenoiserRun) entry(OnlineSpeechDenoiserFlush)      \
                                                      entry(OnlineSpeechDenoiserReset) entry(DestroyDenoisedAudio)
#define SLUICE_SHERPA_MEMBER(name) decltype(&::SherpaOnnx##name) name = nullptr;
  SLUICE_SHERPA_FUNCTIONS(SLUICE_SHERPA_MEMBER)
#undef SLUICE_SHERPA_MEMBER
  decltype(&::SherpaOfflinePunctuationAddPunct) OfflinePunctuationAddPunct = nullptr;
  decltype(&::SherpaOfflinePunctuationFreeText) OfflinePunctuationFreeText = nullptr;

  // The library in the folder of models; it stays loaded. The error names what is missing and how it is fetched.
  // Thread-safe.
  static Result<const SherpaApi*> load();
};

#endif

}  // namespace sluice::speech
