#include "nodes/sdr/iq_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace sluice::sdr {

Result<IqFormat> iq_format_of(const std::string& path, const std::string& choice) {
  if (choice != "auto") return *find_iq_format(choice);
  if (path == "-") return IqFormat::cf32;
  const std::size_t dot = path.find_last_of('.');
  const std::string ending = dot == std::string::npos ? "" : path.substr(dot + 1);
  if (const auto named = find_iq_format(ending)) return *named;
  if (ending == "cfile" || ending == "fc32") return IqFormat::cf32;
  if (ending == "sc16") return IqFormat::cs16;
  return std::unexpected(
      Error{"path", fmt::format("{}: the ending should be cf32, cs16, cu8 or sigmf; or say it in `format`", path)});
}

Status resolve_iq_path(const std::string& path, const std::string& choice, double rate_hz, const std::string& meta,
                       IqPath& resolved) {
  if (path.empty()) return Error{"path", "needs the name of a file, or '-' for standard input"};
  resolved.data = path;
  resolved.rate_hz = rate_hz;
  if (is_sigmf(path)) {
    const auto said = read_sigmf(meta);
    if (!said) return Error{"path", fmt::format("{}.sigmf-meta: {}", sigmf_base(path), said.error().message)};
    const std::filesystem::path data = sigmf_base(path) + ".sigmf-data";
    resolved.data = said->dataset.empty() ? data : data.parent_path() / said->dataset;
    resolved.format = said->format;
    if (said->rate_hz > 0) resolved.rate_hz = said->rate_hz;
  } else {
    const auto format = iq_format_of(path, choice);
    if (!format) return format.error();
    resolved.format = *format;
  }
  if (resolved.rate_hz < 1)
    return Error{"rate", "needs the rate of the samples, at least 1 Hz: the file does not say it"};
  return {};
}

}  // namespace sluice::sdr
