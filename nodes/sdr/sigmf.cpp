#include "nodes/sdr/sigmf.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

namespace sluice::sdr {
namespace {

constexpr std::array<std::string_view, 3> kEndings{".sigmf-meta", ".sigmf-data", ".sigmf"};
constexpr double kMaxRate = 1e9, kMaxFrequency = 1e12;

std::unexpected<Error> wrong(std::string message) {
  return std::unexpected(Error{"path", "SigMF: " + std::move(message)});
}

// A number of an object, or `otherwise` where there is none.
Result<double> number(const nlohmann::json& object, const char* key, double otherwise, double max) {
  const auto found = object.find(key);
  if (found == object.end()) return otherwise;
  if (!found->is_number()) return wrong(fmt::format("{} is no number", key));
  const double value = found->get<double>();
  if (!std::isfinite(value) || std::abs(value) > max) return wrong(fmt::format("{} is out of range: {}", key, value));
  return value;
}

// Datasets that hold no samples, or other things as well, must not be taken for samples.
Status all_samples(const nlohmann::json& global, const nlohmann::json& captures) {
  if (global.value("core:metadata_only", nlohmann::json()) == true)
    return wrong("the metadata come without samples (core:metadata_only)").error();
  if (global.contains("core:trailing_bytes"))
    return wrong("bytes behind the samples (core:trailing_bytes) are not read").error();
  for (const auto& capture : captures)
    if (capture.is_object() && capture.value("core:header_bytes", nlohmann::json(0)) != 0)
      return wrong("bytes before the samples (core:header_bytes) are not read").error();
  return {};
}

}  // namespace

bool is_sigmf(std::string_view path) {
  return sigmf_base(path) != path;
}

std::string sigmf_base(std::string_view path) {
  for (const std::string_view ending : kEndings)
    if (path.ends_with(ending)) return std::string(path.substr(0, path.size() - ending.size()));
  return std::string(path);
}

std::string write_sigmf(const SigmfMeta& meta) {
  nlohmann::ordered_json capture{{"core:sample_start", 0}};
  if (meta.frequency_hz != 0) capture["core:frequency"] = meta.frequency_hz;
  nlohmann::ordered_json all{{"global",
                              {{"core:datatype", kSigmfTypes[static_cast<std::size_t>(meta.format)]},
                               {"core:version", "1.0.0"},
                               {"core:sample_rate", meta.rate_hz},
                               {"core:num_channels", 1},
                               {"core:description", meta.description},
                               {"core:recorder", "sluice"}}},
                             {"captures", nlohmann::ordered_json::array({capture})},
                             {"annotations", nlohmann::ordered_json::array()}};
  if (!meta.dataset.empty()) all["global"]["core:dataset"] = meta.dataset;
  return all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Result<SigmfMeta> read_sigmf(std::string_view json) {
  const auto all = nlohmann::json::parse(json, nullptr, false);
  if (!all.is_object()) return wrong("the metadata are no JSON object");
  const auto global = all.find("global");
  if (global == all.end() || !global->is_object()) return wrong("there is no object 'global'");
  const auto type = global->find("core:datatype");
  if (type == global->end() || !type->is_string()) return wrong("there is no core:datatype");
  const auto format = find_sigmf_type(type->get_ref<const std::string&>());
  if (!format)
    return wrong(
        fmt::format("core:datatype {} is not one of {}", type->get<std::string>(), fmt::join(kSigmfTypes, ", ")));
  SigmfMeta meta{.format = *format};
  const auto channels = number(*global, "core:num_channels", 1, 1e6);
  if (!channels) return std::unexpected(channels.error());
  if (*channels != 1) return wrong(fmt::format("{} channels, where one is read", *channels));
  const auto rate = number(*global, "core:sample_rate", 0, kMaxRate);
  if (!rate) return std::unexpected(rate.error());
  if (*rate < 0) return wrong("core:sample_rate is negative");
  meta.rate_hz = *rate;
  if (const auto text = global->find("core:description"); text != global->end() && text->is_string())
    meta.description = text->get<std::string>();
  if (const auto name = global->find("core:dataset"); name != global->end()) {
    if (!name->is_string() || name->get_ref<const std::string&>().find_first_of("/\\") != std::string::npos)
      return wrong("core:dataset is no file's name");
    meta.dataset = name->get<std::string>();
  }
  const auto captures = all.find("captures");
  if (captures == all.end() || !captures->is_array()) return wrong("there is no array 'captures'");
  if (const Status status = all_samples(*global, *captures); !status) return std::unexpected(status.error());
  if (!captures->empty() && captures->front().is_object()) {
    const auto frequency = number(captures->front(), "core:frequency", 0, kMaxFrequency);
    if (!frequency) return std::unexpected(frequency.error());
    meta.frequency_hz = *frequency;
  }
  return meta;
}

}  // namespace sluice::sdr
