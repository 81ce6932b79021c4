// Complex arithmetic without the checks for infinities that the language asks of operator* (ISO/IEC 9899, Annex G).
#pragma once

#include <complex>

namespace sluice::sdr {

using Sample = std::complex<float>;

constexpr Sample product(Sample a, Sample b) noexcept {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}
// a conj(b)
constexpr Sample conj_product(Sample a, Sample b) noexcept {
  return {a.real() * b.real() + a.imag() * b.imag(), a.imag() * b.real() - a.real() * b.imag()};
}
constexpr float power(Sample a) noexcept {
  return a.real() * a.real() + a.imag() * a.imag();
}

}  // namespace sluice::sdr
