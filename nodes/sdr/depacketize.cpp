// Radio frames -> the packets that were sent, in order, each with its sample time; what is lost shows as a gap, for the
// decoder to conceal. Frames that come twice, late, out of order, damaged or from somebody else are counted and left
// out (radio_assembler.h). After a loss the stream goes on with the next packet whose pieces are there, at most depth
// frames later; a sender that began again is followed after four frames, and the stream's time goes on.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include "engine/node/node.h"
#include "nodes/sdr/link_report.h"
#include "nodes/sdr/radio_assembler.h"

namespace sluice::sdr {
namespace {

class Depacketize final : public Node {
 public:
  In<Packet<>> in{*this, "in", "radio frames: soft bits of a modem (sdr.soft), or bytes (sdr.frame)"};
  Out<Packet<>> out{*this, "out", "the packets, in order, with the sender's sample times"};
  Out<LinkReport> report{*this, "report", "counts of packets, for sdr.status", {.optional = true}};
  Param<std::string> codec{*this, "codec", {.default_value = "mp3", .doc = "what the packets are"}};
  Param<double> rate{
      *this, "rate", {.unit = "Hz", .default_value = 44100, .min = 0, .max = 768000, .doc = "that packets count in"}};
  Param<int> channels{*this, "channels", {.default_value = 2, .min = 0, .max = 64, .doc = "of the coded audio"}};
  Param<int> frames{
      *this, "frames", {.default_value = 1152, .min = 1, .max = 65535, .doc = "sample frames of a packet"}};
  Param<int> stream{
      *this, "stream", {.default_value = -1, .min = -1, .max = 255, .doc = "the one to follow; -1: the first heard"}};
  Param<int> reorder{
      *this, "reorder", {.default_value = 0, .min = 0, .max = 16, .doc = "frames that may overtake a late one"}};
  Counter packets{*this, "packets", "packets received whole"};
  Counter lost{*this, "lost", "packets lost", Counter::Tells::fault};
  Counter damaged{*this, "damaged", "radio frames whose head could not be read"};
  Counter foreign{*this, "foreign", "radio frames of other streams or versions"};
  Counter replayed{*this, "replayed", "radio frames that came twice or too late"};
  Counter restarts{*this, "restarts", "times that the sender began again, or was lost for long"};
  Counter clock{*this, "clock_ppm", "the sender's audio clock less this receiver's sample clock"};

  Status configure() override {
    const std::string& given = in.format().codec;
    if (given != "sdr.soft" && given != "sdr.frame")
      return Error{"in", "takes the output of a modem or of sdr.packetize, not packets of '" + given + "'"};
    if (codec.value().empty()) return Error{"codec", "needs the name of what the packets are, such as mp3"};
    soft_input_ = given == "sdr.soft";
    out.set_spec({.media = "packet", .codec = codec, .rate_hz = rate, .channels = channels}, frames, kMaxPayload);
    report.set_spec(report_format(), 0);
    set_delay(static_cast<double>(reorder * frames), rate);
    return {};
  }

  Status prepare() override {
    const auto wanted = stream >= 0 ? std::optional(static_cast<std::uint8_t>(stream)) : std::nullopt;
    assembler_ = std::make_unique<RadioAssembler>(wanted, static_cast<std::size_t>(reorder.value()));
    soft_.resize(kMaxFrameBits);
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef frame = in.next()) {
      stamps_ = frame->header;
      const std::span bytes{reinterpret_cast<const std::uint8_t*>(frame->bytes().data()), frame->bytes().size()};
      assembler_->push(soft_input_ ? bytes : soften(bytes));
      drain();
    }
  }

  void flush() REALTIME override {
    assembler_->finish();
    drain();
  }

 private:
  std::span<const SoftBit> soften(std::span<const std::uint8_t> bytes) noexcept {
    const std::size_t bits = std::min(8 * bytes.size(), soft_.size());
    for (std::size_t n = 0; n < bits; ++n) soft_[n] = (bytes[n / 8] >> (7 - n % 8) & 1) != 0 ? 255 : 0;
    return std::span(soft_).first(bits);
  }

  void drain() noexcept {
    while (const auto packet = assembler_->next()) emit(*packet);
    const RadioCounts& counts = assembler_->counts();
    packets.set(static_cast<double>(counts.packets));
    lost.set(static_cast<double>(counts.lost));
    damaged.set(static_cast<double>(counts.damaged));
    foreign.set(static_cast<double>(counts.foreign));
    replayed.set(static_cast<double>(counts.replayed));
    restarts.set(static_cast<double>(counts.restarts));
    if (report.connected()) tell(counts);
  }

  void emit(const ReceivedPacket& packet) noexcept {
    const bool gap = packet.gap || (packet.head.flags & kPacketAfterGap) != 0;
    follow_clock(packet, gap);
    BlockRef to = out.take();
    to->resize(packet.payload.size());
    std::memcpy(to->bytes().data(), packet.payload.data(), packet.payload.size());
    to->header.capture_time = stamps_.capture_time;
    to->header.position = continued(packet.head);
    to->header.frames = packet.head.frames;
    if ((packet.head.flags & kPacketIndependent) != 0) to->header.flags |= kIndependent;
    if (gap) to->header.flags |= kDiscontinuity;
    out.emit(std::move(to));
  }

  // The sender's sample time; where it began anew and counts from 0, the stream goes on by as much as has passed on the
  // radio since its last packet.
  std::int64_t continued(const PacketHead& head) noexcept {
    if (head.position + ahead_ < next_position_) {
      const double passed = rate * static_cast<double>(stamps_.position - heard_at_) / in.format().rate_hz;
      const double missed = head.frames > 0 && std::isfinite(passed) ? std::round(passed / head.frames) - 1 : 0;
      ahead_ = next_position_ + static_cast<std::int64_t>(std::max(0.0, missed)) * head.frames - head.position;
    }
    heard_at_ = stamps_.position;
    next_position_ = head.position + ahead_ + head.frames;
    return head.position + ahead_;
  }

  // Sample times that were sent against the samples of the radio that they came in.
  void follow_clock(const ReceivedPacket& packet, bool gap) noexcept {
    if (gap || !clocked_) {
      clocked_ = true;
      first_sent_ = packet.head.position;
      first_received_ = stamps_.position;
    }
    const double received = static_cast<double>(stamps_.position - first_received_) / in.format().rate_hz;
    const double sent = static_cast<double>(packet.head.position - first_sent_) / rate;
    if (received > 1) clock.set(1e6 * (sent / received - 1));  // false for a stream without a rate
  }

  void tell(const RadioCounts& counts) noexcept {
    BlockRef block = report.take();
    block->as<LinkReport>() = {.from = LinkReport::From::packets, .packets = counts.packets, .lost = counts.lost};
    block->header.capture_time = stamps_.capture_time;
    block->header.flags = kIndependent;
    report.emit(std::move(block));
  }

  std::unique_ptr<RadioAssembler> assembler_;
  std::vector<SoftBit> soft_;
  BlockHeader stamps_;  // of the last frame
  bool soft_input_ = false, clocked_ = false;
  std::int64_t first_sent_ = 0, first_received_ = 0;
  std::int64_t next_position_ = 0;  // that continues the stream
  std::int64_t ahead_ = 0;          // of the sender's sample time
  std::int64_t heard_at_ = 0;       // on the radio, of the last packet
};

}  // namespace

REGISTER_NODE(Depacketize, "sdr.depacketize",
              "packets from radio frames, put back in order, with gaps where they are lost")

}  // namespace sluice::sdr
