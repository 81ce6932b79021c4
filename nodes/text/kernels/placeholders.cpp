#include "nodes/text/kernels/placeholders.h"

namespace sluice::text {
namespace {

std::string_view trimmed(std::string_view name) {
  while (name.starts_with(' ')) name.remove_prefix(1);
  while (name.ends_with(' ')) name.remove_suffix(1);
  return name;
}

// Calls `literal` for text and `place` for what is between {{ and }}, in order.
template <typename Literal, typename Place>
void each_part(std::string_view form, Literal literal, Place place) {
  for (;;) {
    const auto begin = form.find("{{");
    const auto end = begin == form.npos ? begin : form.find("}}", begin);
    if (end == form.npos) return literal(form);
    literal(form.substr(0, begin));
    place(form.substr(begin, end + 2 - begin), trimmed(form.substr(begin + 2, end - begin - 2)));
    form.remove_prefix(end + 2);
  }
}

}  // namespace

std::string fill_in(std::string_view form,
                    const std::function<std::optional<std::string>(std::string_view)>& value_of) {
  std::string filled;
  each_part(
      form, [&](std::string_view text) { filled += text; },
      [&](std::string_view whole, std::string_view name) { filled += value_of(name).value_or(std::string(whole)); });
  return filled;
}

std::optional<std::string> unknown_placeholder(std::string_view form,
                                               const std::function<bool(std::string_view)>& known) {
  std::optional<std::string> unknown;
  each_part(
      form, [](std::string_view) {},
      [&](std::string_view, std::string_view name) {
        if (!unknown && !known(name)) unknown = std::string(name);
      });
  return unknown;
}

}  // namespace sluice::text
