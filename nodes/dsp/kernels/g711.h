// A-law and mu-law coding of speech, ITU-T Recommendation G.711 (11/1988), on 16-bit linear samples.
// A-law carries 13 bits of them, mu-law 14; ties and negative values follow the reference code of ITU-T G.191.
#pragma once

#include <cstdint>

namespace sluice::dsp {

// Thread-safe: yes. Realtime-safe: yes.
std::uint8_t alaw_encode(std::int16_t sample) noexcept;
std::int16_t alaw_decode(std::uint8_t code) noexcept;
std::uint8_t ulaw_encode(std::int16_t sample) noexcept;
std::int16_t ulaw_decode(std::uint8_t code) noexcept;

}  // namespace sluice::dsp
