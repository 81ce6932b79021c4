// Samples of a receiver that rtl_tcp serves, on this machine or another one (kernels/rtl_tcp.h). A server that goes
// away or falls silent is connected to again; the gap is flagged and counted.
#include <chrono>
#include <cmath>
#include <utility>
#include <vector>

#include "engine/node/node.h"
#include "nodes/sdr/formats.h"
#include "nodes/sdr/kernels/iq_samples.h"
#include "nodes/sdr/kernels/rtl_tcp.h"
#include "nodes/sdr/tcp.h"

namespace sluice::sdr {
namespace {

constexpr int kPatienceMs = 20;   // how long a stop may have to wait
constexpr int kConnectMs = 2000;  // for the first connection
constexpr auto kRetry = std::chrono::milliseconds(500);

class RtlTcpSource final : public Node {
 public:
  Out<Sample> out{*this, "out", "the receiver's samples"};
  Param<std::string> host{*this, "host", {.default_value = "127.0.0.1", .doc = "where rtl_tcp runs"}};
  Param<int> port{*this, "port", {.default_value = 1234, .min = 1, .max = 65535, .doc = "that it listens on"}};
  Param<double> rate{
      *this, "rate", {.unit = "Hz", .default_value = 1.2e6, .min = 225e3, .max = 3.2e6, .doc = "of the samples"}};
  Param<double> frequency{
      *this, "frequency", {.unit = "Hz", .default_value = 100e6, .min = 0, .max = 4e9, .doc = "to tune to"}};
  Param<double> gain{
      *this, "gain", {.unit = "dB", .default_value = 0, .min = 0, .max = 60, .doc = "of the tuner; 0: by itself"}};
  Param<double> silence{
      *this,
      "silence",
      {.unit = "s", .default_value = 2, .min = 0.1, .max = 3600, .doc = "a server is given up after"}};
  Counter reconnects{*this, "reconnects", "times that the server was lost", Counter::Tells::fault};
  Counter not_rtl{*this, "not_rtl_tcp", "greetings that were not rtl_tcp's", Counter::Tells::fault};

  Traits traits() const override { return {.realtime = false, .clock = ClockDomain::device}; }

  Status configure() override {
    out.set_spec(iq_format(rate), kBlock);
    set_delay(out.spec().block_period());
    return {};
  }

  Status prepare() override {
    auto opened = TcpSocket::connect(host, port, kConnectMs);
    if (!opened) return opened.error();
    begin(std::move(*opened));
    bytes_.resize(2 * kBlock);
    return {};
  }

  Pull pull() REALTIME override {
    const Time now = Node::now();
    if (!socket_.open()) return retry(now);
    const auto count = socket_.read(std::span(bytes_).subspan(filled_, wanted() - filled_), kPatienceMs);
    if (!count || (*count == 0 && now - heard_ > from_seconds(silence))) {
      reconnects.add();
      gap_ = true;
      socket_.close();
      retry_at_ = now + kRetry;
      return Pull::again();
    }
    if (*count == 0) return Pull::again();
    heard_ = now;
    filled_ += *count;
    if (filled_ < wanted()) return Pull::again();
    if (greeted_)
      emit(now);
    else
      greet();
    filled_ = 0;
    return Pull::again();
  }

  void stop() override { socket_.close(); }

 private:
  static constexpr std::size_t kBlock = 8192;  // samples: 7 ms at 1.2 MHz

  std::size_t wanted() const noexcept { return greeted_ ? bytes_.size() : kRtlGreetingBytes; }

  void begin(TcpSocket socket) noexcept {
    socket_ = std::move(socket);
    greeted_ = false;
    filled_ = 0;
    heard_ = Node::now();
  }

  Pull retry(Time now) noexcept {
    if (now < retry_at_) return Pull::at(retry_at_);
    retry_at_ = now + kRetry;
    if (auto opened = TcpSocket::connect(host, port, kPatienceMs)) begin(std::move(*opened));
    return Pull::again();
  }

  void greet() noexcept {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(bytes_.data());
    if (!unpack_greeting(std::span<const std::uint8_t, kRtlGreetingBytes>(bytes, kRtlGreetingBytes))) {
      not_rtl.add();
      fail("what answers there is no rtl_tcp");
      socket_.close();
      return;
    }
    greeted_ = true;
    tell(RtlCommand::rate, static_cast<std::uint32_t>(std::lround(rate)));
    tell(RtlCommand::frequency, static_cast<std::uint32_t>(std::llround(frequency)));
    tell(RtlCommand::gain_mode, gain > 0 ? 1 : 0);
    if (gain > 0) tell(RtlCommand::gain, static_cast<std::uint32_t>(std::lround(10 * gain)));
  }

  void tell(RtlCommand command, std::uint32_t value) noexcept {
    const auto bytes = pack(command, value);
    socket_.write(std::as_bytes(std::span(bytes)));
  }

  void emit(Time now) noexcept {
    BlockRef block = out.take(kBlock);
    unpack_iq(IqFormat::cu8, bytes_, block->iq());
    block->header.capture_time = now - out.spec().block_period();
    block->header.position = position_;
    block->header.flags = kIndependent | (std::exchange(gap_, false) ? kDiscontinuity : 0u);
    position_ += static_cast<std::int64_t>(kBlock);
    out.emit(std::move(block));
  }

  TcpSocket socket_;
  bool greeted_ = false, gap_ = false;
  std::vector<std::byte> bytes_;
  std::size_t filled_ = 0;
  std::int64_t position_ = 0;
  Time heard_{}, retry_at_{};
};

}  // namespace

REGISTER_NODE(RtlTcpSource, "sdr.rtl_tcp_source", "samples of a receiver that rtl_tcp serves over the network")

}  // namespace sluice::sdr
