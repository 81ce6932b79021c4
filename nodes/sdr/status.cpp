// The state of a radio link, from the reports of modem and packet receiver: as counters, and as lines of JSON for pages
// and logs:
//   {"snr_db":14.1,"evm_db":-13.6,"cfo_hz":400.0,"clock_ppm":-20.1,"frames":382,"bad_frames":0,"packets":378,"lost":0,
//    "per":0.0000}
// `per` is the share of packets lost since the line before.
#include <fmt/format.h>

#include "engine/node/node.h"
#include "nodes/sdr/formats.h"
#include "nodes/sdr/link_report.h"

namespace sluice::sdr {
namespace {

class LinkStatus final : public Node {
 public:
  Ins<LinkReport> in{*this, "in", "reports of sdr.ofdm_rx, sdr.flexframe_rx and sdr.depacketize"};
  Out<Text<"json">> out{*this, "out", "a line of JSON each interval", {.optional = true}};
  Param<double> interval{
      *this, "interval", {.unit = "s", .default_value = 0.5, .min = 0.01, .max = 3600, .doc = "between two lines"}};
  Counter snr{*this, "snr_db", "signal to noise ratio of the last frame"};
  Counter evm{*this, "evm_db", "error vector magnitude of the last frame"};
  Counter cfo{*this, "cfo_hz", "frequency offset of the last frame"};
  Counter per{*this, "per", "share of packets lost in the last interval"};

  Status configure() override {
    out.set_spec({.media = "text", .codec = "json", .rate_hz = 0, .channels = 0}, 0, kMaxLine);
    return {};
  }

  void process() REALTIME override {
    for (In<LinkReport>& port : in)
      while (const BlockRef block = port.next()) take(block->as<LinkReport>(), block->header.capture_time);
  }

  void flush() REALTIME override {
    if (started_) tell(last_told_);
  }

 private:
  static constexpr std::size_t kMaxLine = 512;

  void take(const LinkReport& report, Time now) noexcept {
    LinkReport& state = report.from == LinkReport::From::modem ? modem_ : packets_;
    state = report;
    snr.set(modem_.snr_db);
    evm.set(modem_.evm_db);
    cfo.set(modem_.cfo_hz);
    if (!started_) last_told_ = now;
    started_ = true;
    if (now - last_told_ >= from_seconds(interval)) tell(now);
  }

  void tell(Time now) noexcept {
    const auto received = static_cast<double>(packets_.packets - told_packets_);
    const auto missing = static_cast<double>(packets_.lost - told_lost_);
    const double rate = received + missing > 0 ? missing / (received + missing) : 0;
    per.set(rate);
    told_packets_ = packets_.packets;
    told_lost_ = packets_.lost;
    last_told_ = now;
    if (!out.connected()) return;
    BlockRef line = out.take();
    line->resize(kMaxLine);
    const auto bytes = line->bytes();
    const auto end = fmt::format_to_n(
        reinterpret_cast<char*>(bytes.data()), bytes.size(),
        "{{\"snr_db\":{:.1f},\"evm_db\":{:.1f},\"cfo_hz\":{:.1f},\"clock_ppm\":{:.1f},\"frames\":{},\"bad_frames\":{},"
        "\"packets\":{},\"lost\":{},\"per\":{:.4f}}}\n",
        modem_.snr_db, modem_.evm_db, modem_.cfo_hz, modem_.clock_ppm, modem_.frames, modem_.bad_frames,
        packets_.packets, packets_.lost, rate);
    line->resize(end.size);
    line->header.capture_time = now;
    line->header.flags = kIndependent;
    out.emit(std::move(line));
  }

  LinkReport modem_, packets_;
  std::uint64_t told_packets_ = 0, told_lost_ = 0;
  Time last_told_{};
  bool started_ = false;
};

}  // namespace

REGISTER_NODE(LinkStatus, "sdr.status", "the state of a radio link: SNR, EVM, frequency offset, packet error rate")

}  // namespace sluice::sdr
