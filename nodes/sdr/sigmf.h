// SigMF 1.0 recordings: NAME.sigmf-data holds the samples, NAME.sigmf-meta says in JSON what they are.
#pragma once

#include <string>
#include <string_view>

#include "engine/core/result.h"
#include "nodes/sdr/kernels/iq_samples.h"

namespace sluice::sdr {

struct SigmfMeta {
  IqFormat format = IqFormat::cf32;
  double rate_hz = 0;
  double frequency_hz = 0;  // of the first capture; 0: not said
  std::string description{};
  std::string dataset{};  // name of the file with the samples, beside the metadata; empty: NAME.sigmf-data

  bool operator==(const SigmfMeta&) const = default;
};

bool is_sigmf(std::string_view path);           // ends in .sigmf, .sigmf-meta or .sigmf-data
std::string sigmf_base(std::string_view path);  // without that

// With every field that the specification requires (core:datatype, core:version, captures, annotations). Allocates.
std::string write_sigmf(const SigmfMeta& meta);
// An error says which field is missing or cannot be used; so do datasets of which parts are no samples. Allocates.
Result<SigmfMeta> read_sigmf(std::string_view json);

}  // namespace sluice::sdr
