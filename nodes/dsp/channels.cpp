// Changes the number or order of channels. Each output channel is the mean of the input channels that `map` names.
// Surround sound becomes stereo by Rec. ITU-R BS.775-3, Annex 4: L' = L + C / sqrt(2) + Ls / sqrt(2), without the LFE
// channel; scaled so that full scale stays full scale.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <ranges>
#include <utility>
#include <vector>

#include "engine/node/node.h"

namespace sluice::dsp {
namespace {

struct Tap {
  std::size_t channel;  // of the input, 0-based
  float gain;
};
using Mix = std::vector<Tap>;

constexpr float kSide = 0.70710678f;  // 1 / sqrt(2), BS.775-3 Table 2

// Gains of each input channel in L'; R' mirrors them. Order of channels: RFC 9639, 9.1.3 (FLAC), as in WAV.
std::vector<float> surround_to_left(int inputs) {
  switch (inputs) {
    case 3:
      return {1, 0, kSide};  // L R C
    case 4:
      return {1, 0, kSide, 0};  // L R Ls Rs
    case 5:
      return {1, 0, kSide, kSide, 0};  // L R C Ls Rs
    case 6:
      return {1, 0, kSide, 0, kSide, 0};  // L R C LFE Ls Rs
    case 7:
      return {1, 0, kSide, 0, kSide * kSide, kSide, 0};  // L R C LFE Cs Ls Rs: the centre behind is in Ls and Rs
    case 8:
      return {1, 0, kSide, 0, kSide, 0, kSide, 0};  // L R C LFE Lb Rb Ls Rs
    default:
      return {};
  }
}

// The same for the other side: what comes in pairs is swapped.
std::vector<float> mirrored(std::vector<float> gains) {
  const std::size_t inputs = gains.size();
  std::swap(gains[0], gains[1]);
  if (inputs >= 4) std::swap(gains[inputs - 2], gains[inputs - 1]);
  if (inputs == 8) std::swap(gains[4], gains[5]);
  return gains;
}

Mix scaled_mix(const std::vector<float>& gains) {
  const float sum = std::accumulate(gains.begin(), gains.end(), 0.0f);
  Mix mix;
  for (std::size_t c = 0; c < gains.size(); ++c)
    if (gains[c] > 0) mix.push_back({c, gains[c] / sum});
  return mix;
}

class Channels final : public Node {
 public:
  In<float> in{*this, "in", "audio"};
  Out<float> out{*this, "out", "audio of the same rate"};
  Param<int> channels{
      *this, "channels", {.default_value = 2, .min = 1, .max = 64, .doc = "of the output, without `map`"}};
  Param<std::string> map{*this,
                         "map",
                         {.doc = "input channels of each output, 1-based: \"2,1\" swaps, \"1+2\" is their mean; "
                                 "default: mono goes to all, all go to mono, surround to stereo"}};

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
    std::ranges::transform(from.channel(inputs[0].channel), to.begin(),
                           [g = inputs[0].gain](float x) { return g * x; });
    for (const auto [channel, gain] : inputs | std::views::drop(1)) {
      const auto x = from.channel(channel);
      for (std::size_t n = 0; n < to.size(); ++n) to[n] += gain * x[n];
    }
  }

  bool default_mixes(int inputs, int outputs) {
    mixes_.assign(static_cast<std::size_t>(outputs), {});
    if (outputs == 1) {
      mixes_[0] = scaled_mix(std::vector<float>(static_cast<std::size_t>(inputs), 1.0f));
      return true;
    }
    if (inputs == 1 || inputs == outputs) {
      for (std::size_t c = 0; c < mixes_.size(); ++c) mixes_[c] = {{inputs == 1 ? 0 : c, 1.0f}};
      return true;
    }
    const std::vector<float> left = outputs == 2 ? surround_to_left(inputs) : std::vector<float>{};
    if (left.empty()) return false;
    mixes_ = {scaled_mix(left), scaled_mix(mirrored(left))};
    return true;
  }

  static void take_mean(Mix& mix) {
    for (Tap& tap : mix) tap.gain = 1.0f / static_cast<float>(mix.size());
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
      mixes_.back().push_back({static_cast<std::size_t>(channel - 1), 1.0f});
      for (at = next; at != end && *at == ' ';) ++at;
      if (at == end || *at == ',') take_mean(mixes_.back());
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
