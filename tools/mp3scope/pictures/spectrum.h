// Short-time power spectra, and how audible a difference is by them.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace sluice::mp3scope {

inline constexpr std::size_t kWindow = 2048;       // samples, Hann
inline constexpr std::size_t kBins = kWindow / 2;  // from 0 Hz; rate / kWindow apart
inline constexpr int kBands = 25;                  // critical bands, E. Zwicker 1961

// Power by bin of kWindow samples around `centre` (zeros beyond the ends); a full-scale sine gives 1.
std::vector<double> power_spectrum(std::span<const float> x, std::ptrdiff_t centre);

// Upper edge of a critical band in Hz.
double band_edge_hz(int band);

// Noise-to-mask ratio by critical band in dB: of the power spectrum of a difference, by the masking that the original
// gives. Excitation spreads by 27 dB/Bark down and 24 + 230/f - 0.2 L dB/Bark up (E. Terhardt 1979), full scale at 92
// dB SPL; the threshold lies 3 dB below it, from 12 Bark on 0.25 dB/Bark more (ITU-R BS.1387-1, 2.1.9). Bands without
// sound, above half the rate, give -100.
std::array<double, kBands> noise_to_mask(std::span<const double> original, std::span<const double> noise,
                                         double rate_hz);

}  // namespace sluice::mp3scope
