// What a path, the parameters beside it and SigMF metadata say of samples in a file.
#pragma once

#include <string>

#include "engine/core/result.h"
#include "nodes/sdr/kernels/iq_samples.h"
#include "nodes/sdr/sigmf.h"

namespace sluice::sdr {

struct IqPath {
  IqFormat format = IqFormat::cf32;
  std::string data{};  // the file with the samples
  double rate_hz = 0;
};

// The format that `choice` names, or for "auto" the path's ending: cf32 cfile fc32, cs16 sc16, cu8; cf32 on a pipe.
Result<IqFormat> iq_format_of(const std::string& path, const std::string& choice);

// To read: `meta` is the text of the SigMF metadata, empty where the path is none of SigMF's.
Status resolve_iq_path(const std::string& path, const std::string& choice, double rate_hz, const std::string& meta,
                       IqPath& resolved);

}  // namespace sluice::sdr
