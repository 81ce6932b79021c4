// liquid-dsp's header, whose complex numbers are std::complex only where <complex> comes before it.
#pragma once

#include <complex>  // first

#include <liquid/liquid.h>
