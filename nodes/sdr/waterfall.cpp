// A waterfall: what is on the air by frequency, a row after another. Each row is the mean power of its samples
// (waterfall_spectrum.h), on a scale from `floor` to `top` in dB below a full-scale tone, and goes
//   to pages    `out`, for http.waterfall: {"centre_hz":98500000,"span_hz":1200000,"floor_db":-100,"top_db":-10,
//               "row":"00a1.."}: two hexadecimal digits for each bin, 00 at the floor, ff at the top
//   to people   `terminal`, a line of coloured blocks (ECMA-48, 24-bit colours): -> file.write(path="-")
//   to a file   `picture`, a PNG of the newest 2048 rows, written when the stream ends
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "engine/node/node.h"
#include "nodes/sdr/waterfall_picture.h"
#include "nodes/sdr/waterfall_spectrum.h"

namespace sluice::sdr {
namespace {

constexpr int kMostBins = 4096;
constexpr std::size_t kMostColumns = 512;

class Waterfall final : public Node {
 public:
  In<std::complex<float>> in{*this, "in", "complex samples, full scale +-1"};
  Out<Text<"waterfall">> out{*this, "out", "a row of levels a block, as JSON", {.optional = true}};
  Out<Text<"terminal">> terminal{*this, "terminal", "a row in colour a block, ended by a newline", {.optional = true}};
  Param<int> bins{*this, "bins", {.default_value = 256, .min = 16, .max = kMostBins, .doc = "a power of two"}};
  Param<double> rows{
      *this, "rows", {.unit = "Hz", .default_value = 8, .min = 0.01, .max = 1000, .doc = "a second of the stream"}};
  Param<double> floor{
      *this, "floor", {.unit = "dB", .default_value = -100, .min = -200, .max = 60, .doc = "what is shown as black"}};
  Param<double> top{
      *this, "top", {.unit = "dB", .default_value = -10, .min = -199, .max = 100, .doc = "what is shown as white"}};
  Param<double> frequency{
      *this, "frequency", {.unit = "Hz", .default_value = 0, .min = 0, .max = 1e12, .doc = "that 0 Hz stands for"}};
  Param<int> columns{
      *this, "columns", {.default_value = 80, .min = 1, .max = int{kMostColumns}, .doc = "of the terminal"}};
  Param<std::string> picture{*this, "picture", {.default_value = "", .doc = "PNG file to write; empty: none"}};
  Counter made{*this, "made", "rows"};
  Counter peak{*this, "peak_hz", "where the last row is highest, from the middle"};

  Status configure() override {
    if (!std::has_single_bit(static_cast<unsigned>(bins.value()))) return Error{"bins", "is no power of two"};
    if (floor >= top) return Error{"floor", "is not below top"};
    const auto row_frames = static_cast<std::int64_t>(row_samples());
    const double rate = in.format().rate_hz;
    out.set_spec({.media = "text", .codec = "waterfall", .rate_hz = rate, .channels = 0}, row_frames,
                 kHead + 2 * static_cast<std::size_t>(bins.value()));
    terminal.set_spec({.media = "text", .codec = "terminal", .rate_hz = rate, .channels = 0}, row_frames,
                      kColumnBytes * kMostColumns + kHead);
    return {};
  }

  Status prepare() override {
    spectrum_ = std::make_unique<WaterfallSpectrum>(static_cast<std::size_t>(bins.value()), row_samples());
    levels_.resize(static_cast<std::size_t>(bins.value()));
    if (!picture.value().empty()) picture_ = std::make_unique<WaterfallPicture>(levels_.size());
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef block = in.next()) {
      const auto samples = std::as_const(*block).iq();
      gap_ = gap_ || in.gap();
      for (std::size_t at = 0; at < samples.size();) {
        if (spectrum_->taken() == 0) begin_row(block->header, at);
        at += spectrum_->take(samples.subspan(at));
        if (spectrum_->whole()) show();
      }
    }
  }

  void flush() REALTIME override { show(); }

  void stop() override {
    if (!picture_ || picture_->rows() == 0) return;
    if (!picture_->write(picture.value())) fail("the picture cannot be written: " + picture.value());
    picture_.reset();
  }

 private:
  static constexpr std::size_t kHead = 256;        // bytes of a row beside its levels, at most
  static constexpr std::size_t kColumnBytes = 24;  // an escape sequence and a space

  std::size_t row_samples() const {
    return static_cast<std::size_t>(std::max(1.0, std::round(in.format().rate_hz / rows)));
  }

  void begin_row(const BlockHeader& block, std::size_t at) noexcept {
    const auto offset = static_cast<std::int64_t>(at);
    row_ = {.capture_time = block.capture_time + frames_to_duration(static_cast<double>(offset), in.format().rate_hz),
            .sequence = 0,
            .position = block.position + offset,
            .frames = 0,
            .flags = kIndependent | (std::exchange(gap_, false) ? kDiscontinuity : 0u)};
  }

  void show() noexcept {
    row_.frames = static_cast<std::int64_t>(spectrum_->taken());
    const auto row = spectrum_->row();
    if (!row) return;
    const double scale = 255 / (top - floor);
    for (std::size_t k = 0; k < levels_.size(); ++k)
      levels_[k] = static_cast<std::uint8_t>(
          std::lround(std::clamp(scale * (static_cast<double>((*row)[k]) - floor), 0.0, 255.0)));
    const auto highest = static_cast<double>(std::ranges::max_element(*row) - row->begin());
    peak.set((highest / static_cast<double>(row->size()) - 0.5) * in.format().rate_hz);
    made.add();
    if (picture_) picture_->add(levels_);
    if (out.connected()) tell_pages();
    if (terminal.connected()) tell_people();
  }

  void tell_pages() noexcept {
    BlockRef line = out.take();
    line->resize(line->capacity());
    char* at = reinterpret_cast<char*>(line->bytes().data());
    char* const begin = at;
    at = fmt::format_to(at, R"({{"centre_hz":{:.0f},"span_hz":{:.0f},"floor_db":{:g},"top_db":{:g},"row":")",
                        frequency.value(), in.format().rate_hz, floor.value(), top.value());
    for (const std::uint8_t level : levels_)
      for (const int digit : {level >> 4, level & 15}) *at++ = "0123456789abcdef"[digit];
    *at++ = '"';
    *at++ = '}';
    emit(out, std::move(line), static_cast<std::size_t>(at - begin));
  }

  // Every column shows the highest of its bins.
  void tell_people() noexcept {
    BlockRef line = terminal.take();
    line->resize(line->capacity());
    char* at = reinterpret_cast<char*>(line->bytes().data());
    char* const begin = at;
    const std::size_t count = std::min(static_cast<std::size_t>(columns.value()), levels_.size());
    for (std::size_t n = 0; n < count; ++n) {
      const auto from = levels_.begin() + static_cast<std::ptrdiff_t>(n * levels_.size() / count);
      const auto end = levels_.begin() + static_cast<std::ptrdiff_t>((n + 1) * levels_.size() / count);
      const auto [red, green, blue] = heat(*std::max_element(from, end));
      at = fmt::format_to(at, "\x1b[48;2;{};{};{}m ", red, green, blue);
    }
    at = fmt::format_to(at, "\x1b[0m\n");
    emit(terminal, std::move(line), static_cast<std::size_t>(at - begin));
  }

  void emit(OutPort& port, BlockRef line, std::size_t bytes) noexcept {
    line->resize(bytes);
    line->header = row_;
    port.emit(std::move(line));
  }

  std::unique_ptr<WaterfallSpectrum> spectrum_;
  std::unique_ptr<WaterfallPicture> picture_;
  std::vector<std::uint8_t> levels_;  // of the row, 0 to 255
  BlockHeader row_{};                 // of its samples
  bool gap_ = false;                  // before them
};

}  // namespace

REGISTER_NODE(Waterfall, "iq.waterfall", "what is on the air by frequency: for pages, terminals, and as a picture")

}  // namespace sluice::sdr
