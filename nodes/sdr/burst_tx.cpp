#include "nodes/sdr/burst_tx.h"

#include <algorithm>
#include <cmath>

#include "nodes/sdr/formats.h"
#include "nodes/sdr/radio_framer.h"

namespace sluice::sdr {
namespace {

constexpr std::int64_t kBlock = 2048;     // samples
constexpr std::size_t kShortPause = 256;  // behind a burst without a slot

}  // namespace

Status BurstTx::configure() {
  out.set_spec(iq_format(rate), kBlock);
  set_delay(in.spec().block_period());
  return {};
}

Status BurstTx::prepare() {
  gain_ = static_cast<float>(std::pow(10.0, level / 20));
  return {};
}

void BurstTx::process() REALTIME {
  while (const BlockRef frame = in.next()) {
    const auto bytes = std::as_const(*frame).bytes();
    const auto burst = bytes.empty() || bytes.size() > kMaxFrameAir
                           ? std::span<const Sample>{}
                           : modulate({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    send(burst, slot(frame->header.frames, burst.size()), frame->header);
  }
}

// Samples that the next `frames` of sound stand for; their sum never strays from the exact time.
std::size_t BurstTx::slot(std::int64_t frames, std::size_t burst) noexcept {
  if (in.format().rate_hz <= 0 || frames == 0) return burst + kShortPause;
  sound_ += frames;
  const auto end = std::llround(static_cast<double>(sound_) / in.format().rate_hz * rate);
  const auto length = static_cast<std::size_t>(std::max<std::int64_t>(0, end - position_));
  busy.set(100 * static_cast<double>(burst) / static_cast<double>(std::max<std::size_t>(length, 1)));
  if (burst > length) overruns.add();
  return std::max(burst, length);
}

void BurstTx::send(std::span<const Sample> burst, std::size_t length, const BlockHeader& from) noexcept {
  for (std::size_t done = 0; done < length;) {
    const std::size_t count = std::min(length - done, static_cast<std::size_t>(kBlock));
    BlockRef block = out.take(count);
    const auto to = block->iq();
    const std::size_t sent = done < burst.size() ? std::min(count, burst.size() - done) : 0;
    for (std::size_t n = 0; n < sent; ++n) to[n] = limited(gain_ * burst[done + n]);
    std::fill(to.begin() + static_cast<std::ptrdiff_t>(sent), to.end(), Sample{});
    block->header.capture_time = from.capture_time + frames_to_duration(static_cast<double>(done), rate);
    block->header.position = position_;
    block->header.flags = kIndependent | (done == 0 && in.gap() ? kDiscontinuity : 0u);
    position_ += static_cast<std::int64_t>(count);
    done += count;
    out.emit(std::move(block));
  }
}

Sample BurstTx::limited(Sample x) noexcept {
  if (std::abs(x.real()) <= 1 && std::abs(x.imag()) <= 1) return x;
  clipped.add();
  return {std::clamp(x.real(), -1.0f, 1.0f), std::clamp(x.imag(), -1.0f, 1.0f)};
}

}  // namespace sluice::sdr
