// Changes the number or order of channels. Each output channel is the mean of the input channels that `map` names.
#include <fmt/format.h>

#include <charconv>
#include <vector>

#include "engine/node/node.h"

namespace sluice::dsp {
namespace {

using Mix = std::vector<std::size_t>;  // input channels, 0-based

class Channels final : public Node {
 public:
  In<float> in{*this, "in", "audio"};
  Out<float> out{*this, "out", "audio of the same rate"};
  Param<int> channels{
      *this, "channels", {.default_value = 2, .min = 1, .max = 64, .doc = "of the output, without `map`"}};
  Param<std::string> map{*this,
                         "map",
                         {.doc = "input channels of each output, 1-based: \"2,1\" swaps, \"1+2\" is their mean; "
                                 "default: mono goes to all, all go to mono"}};

  Status configure() override {
    const int inputs = in.format().channels;
    if (map.value().empty() ? !default_mixes(inputs, channels) : !parse_mixes(inputs))
      return map.value().empty()
                 ? Error{"map", fmt::format("how {} channels become {} is not obvious: say it, as in map=\"1,2\"",
                                            inputs, channels.value())}
                 : Error{"map", fmt::format("'{}' is not a list like \"1,2\" or \"1+2\" of channels from 1 to {}",
                                            map.value(), inputs)};
    Format format = in.format();
    format.channels = static_cast<int>(mixes_.size());
    out.set_spec(format, in.spec().block_frames);
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef from = in.next()) {
      BlockRef to = out.take(from->frames());
      for (std::size_t c = 0; c < mixes_.size(); ++c) mix(*from, mixes_[c], to->channel(c));
      stamp_from(*to, *from, in);
      out.emit(std::move(to));
    }
  }

 private:
  static void mix(const Block& from, const Mix& inputs, std::span<float> to) noexcept {
    std::ranges::copy(from.channel(inputs[0]), to.begin());
    if (inputs.size() == 1) return;
    for (std::size_t i = 1; i < inputs.size(); ++i) {
      const auto x = from.channel(inputs[i]);
      for (std::size_t n = 0; n < to.size(); ++n) to[n] += x[n];
    }
    const float scale = 1.0f / static_cast<float>(inputs.size());
    for (float& y : to) y *= scale;
  }

  bool default_mixes(int inputs, int outputs) {
    mixes_.assign(static_cast<std::size_t>(outputs), {});
    for (int c = 0; c < outputs; ++c)
      mixes_[static_cast<std::size_t>(c)] = {static_cast<std::size_t>(inputs == 1 ? 0 : c)};
    if (outputs == 1)
      for (int c = 1; c < inputs; ++c) mixes_[0].push_back(static_cast<std::size_t>(c));
    return inputs == 1 || outputs == 1 || inputs == outputs;
  }

  bool parse_mixes(int inputs) {
    mixes_.assign(1, {});
    const char* at = map.value().data();
    const char* const end = at + map.value().size();
    for (;;) {
      int channel = 0;
      while (at != end && *at == ' ') ++at;
      const auto [next, failed] = std::from_chars(at, end, channel);
      if (failed != std::errc{} || channel < 1 || channel > inputs) return false;
      mixes_.back().push_back(static_cast<std::size_t>(channel - 1));
      for (at = next; at != end && *at == ' ';) ++at;
      if (at == end) return mixes_.size() <= 64;
      if (*at == ',')
        mixes_.emplace_back();
      else if (*at != '+')
        return false;
      ++at;
    }
  }

  std::vector<Mix> mixes_;  // per output channel
};

}  // namespace

REGISTER_NODE(Channels, "channels", "mono to stereo, stereo to mono, or any map of channels")

}  // namespace sluice::dsp
