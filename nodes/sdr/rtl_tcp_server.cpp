// Serves samples as rtl_tcp does (kernels/rtl_tcp.h), for the receivers that know it: gr-osmosdr, SDR++, our own
// source. One client at a time; one that is too slow loses whole blocks. What it asks for (frequency, gain) is counted
// and shown: the graph decides what is on the air.
#include <fmt/format.h>

#include <array>
#include <mutex>
#include <vector>

#include "engine/node/node.h"
#include "nodes/sdr/kernels/iq_samples.h"
#include "nodes/sdr/kernels/rtl_tcp.h"
#include "nodes/sdr/tcp.h"

namespace sluice::sdr {
namespace {

class RtlTcpServer final : public Node {
 public:
  In<Sample> in{*this, "in", "samples in real time (behind `pace` or a device)"};
  Param<std::string> bind{
      *this, "bind", {.default_value = "127.0.0.1", .doc = "address to listen on; 0.0.0.0 publishes it"}};
  Param<int> port{*this, "port", {.default_value = 1234, .min = 0, .max = 65535, .doc = "0: any that is free"}};
  Counter listening{*this, "listening", "the port that it listens on"};
  Counter clients{*this, "clients", "clients that have come"};
  Counter dropped{*this, "dropped", "blocks that a client was too slow for"};
  Counter commands{*this, "commands", "what clients asked for so far"};
  Counter frequency{*this, "frequency_hz", "that the last client asked for"};

  Traits traits() const override { return {.realtime = false}; }

  Status configure() override { return {}; }

  // The client goes on until this node is stopped; the next one finds the node that comes.
  std::string exclusive() const override {
    return port == 0 ? "" : fmt::format("port {} on {}", port.value(), bind.value());
  }
  bool release() override {
    const std::lock_guard lock(listening_);
    listener_.close();
    return true;
  }
  Status regain() override {
    auto opened = TcpSocket::listen(bind, port);
    if (!opened) return opened.error();
    const std::lock_guard lock(listening_);
    listener_ = std::move(*opened);
    return {};
  }

  Status prepare() override {
    if (Status status = regain(); !status) return status;
    listening.set(listener_.port());
    bytes_.resize(2 * static_cast<std::size_t>(in.spec().block_frames));
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef block = in.next()) {
      if (!client_.open()) welcome();
      if (!client_.open()) continue;
      hear();
      if (!send_rest()) {
        dropped.add();
        continue;
      }
      const auto samples = std::as_const(*block).iq();
      pack_iq(IqFormat::cu8, samples, std::span(bytes_).first(2 * samples.size()));
      size_ = 2 * samples.size();
      sent_ = 0;
      send_rest();
    }
  }

  void stop() override {
    client_.close();
    listener_.close();
  }

 private:
  static constexpr RtlGreeting kGreeting{.tuner = 5, .gains = 29};  // an R820T, which clients know best

  void welcome() noexcept {
    {
      const std::lock_guard lock(listening_);
      if (listener_.open()) client_ = listener_.accept();
    }
    if (!client_.open()) return;
    clients.add();
    size_ = sent_ = heard_ = 0;
    const auto greeting = pack(kGreeting);
    client_.write(std::as_bytes(std::span(greeting)));
  }

  // What is left of the block under way; true when nothing is.
  bool send_rest() noexcept {
    while (sent_ < size_ && client_.open()) {
      const auto count = client_.write(std::span(bytes_).subspan(sent_, size_ - sent_));
      if (!count) client_.close();
      if (!count || *count == 0) return false;
      sent_ += *count;
    }
    return true;
  }

  void hear() noexcept {
    while (const auto count = client_.read(std::as_writable_bytes(std::span(command_)).subspan(heard_), 0)) {
      if (*count == 0) return;
      heard_ += *count;
      if (heard_ < kRtlCommandBytes) continue;
      heard_ = 0;
      commands.add();
      if (command_[0] == static_cast<std::uint8_t>(RtlCommand::frequency)) frequency.set(get_u32(command_.data() + 1));
    }
    client_.close();
  }

  std::mutex listening_;  // guards listener_, which another thread may take away
  TcpSocket listener_, client_;
  std::vector<std::byte> bytes_;
  std::size_t size_ = 0, sent_ = 0;  // of the block under way
  std::array<std::uint8_t, kRtlCommandBytes> command_{};
  std::size_t heard_ = 0;
};

}  // namespace

REGISTER_NODE(RtlTcpServer, "sdr.rtl_tcp_server", "serves samples over the network as rtl_tcp does")

}  // namespace sluice::sdr
