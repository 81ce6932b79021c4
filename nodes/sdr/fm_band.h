// Numbers of FM broadcasting that sender and receiver share (Rec. ITU-R BS.450-3, pilot-tone system; IEC 62106).
#pragma once

#include <cstddef>

namespace sluice::sdr {

inline constexpr double kAudioRate = 48000;
inline constexpr std::size_t kMpxPerAudio = 5;
inline constexpr double kMpxRate = kAudioRate * kMpxPerAudio;  // 240 kHz: above twice the 59.4 kHz of RDS
inline constexpr double kPilotHz = 19000;
inline constexpr float kDeviationHz = 75000;

// Shares of the deviation (BS.450-3: pilot 8 to 10 %; IEC 62106: RDS 1.3 to 10 %).
inline constexpr float kAudioShare = 0.45f;  // of L + R and of L - R: 90 % together
inline constexpr float kPilotShare = 0.09f, kRdsShare = 0.04f;
inline constexpr float kHeadroom = 0.4f;  // audio full scale before pre-emphasis, which adds up to 13.7 dB at 15 kHz

}  // namespace sluice::sdr
