// Prometheus's text exposition format, version 0.0.4.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/run/histogram.h"

namespace sluice::control {

constexpr std::string_view kPrometheusContentType = "text/plain; version=0.0.4; charset=utf-8";

using Labels = std::vector<std::pair<std::string_view, std::string_view>>;  // values are escaped, names are not

// Writes families one after another: family(), then its samples.
class PrometheusText {
 public:
  // `type`: counter, gauge or histogram. `help` is one line.
  void family(std::string_view name, std::string_view type, std::string_view help);
  void sample(const Labels& labels, double value);
  // One histogram in seconds: its buckets, sum and count.
  void histogram(const Labels& labels, const std::vector<LatencyHistogram::Step>& steps, std::uint64_t count,
                 Duration sum);

  const std::string& text() const { return text_; }

 private:
  void line(std::string_view suffix, const Labels& labels, double value);

  std::string text_, name_;
};

}  // namespace sluice::control
