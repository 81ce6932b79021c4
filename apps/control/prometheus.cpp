#include "apps/control/prometheus.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "nodes/net/kernels/icy.h"

namespace sluice::control {
namespace {

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

// Within the quotes of a label value: backslash, quote and line feed are escaped; the text is UTF-8.
std::string escaped(std::string_view value) {
  std::string result;
  for (const char c : net::clean_utf8(value)) {
    if (c == '\\' || c == '"') result += '\\';
    result += c;
  }
  return result;
}

}  // namespace

void PrometheusText::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void PrometheusText::line(std::string_view suffix, const Labels& labels, double value) {
  text_ += name_;
  text_ += suffix;
  for (std::size_t n = 0; n < labels.size(); ++n)
    fmt::format_to(std::back_inserter(text_), "{}{}=\"{}\"", n == 0 ? "{" : ",", labels[n].first,
                   escaped(labels[n].second));
  fmt::format_to(std::back_inserter(text_), "{} {}\n", labels.empty() ? "" : "}", number(value));
}

void PrometheusText::sample(const Labels& labels, double value) {
  line("", labels, value);
}

void PrometheusText::histogram(const Labels& labels, const std::vector<LatencyHistogram::Step>& steps,
                               std::uint64_t count, Duration sum) {
  Labels with_edge = labels;
  with_edge.emplace_back("le", "");
  for (const LatencyHistogram::Step& step : steps) {
    const std::string edge = number(seconds(step.edge));
    with_edge.back().second = edge;
    line("_bucket", with_edge, static_cast<double>(std::min(step.below, count)));
  }
  with_edge.back().second = "+Inf";
  line("_bucket", with_edge, static_cast<double>(count));
  line("_sum", labels, seconds(sum));
  line("_count", labels, static_cast<double>(count));
}

}  // namespace sluice::control
