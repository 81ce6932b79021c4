#include "tools/mp3scope/pictures/pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tools/mp3scope/pictures/spectrum.h"

namespace sluice::mp3scope {
namespace {

constexpr int kPlotWidth = 1100;
constexpr int kLeft = 80, kRight = 20, kTop = 24, kBottom = 30;
constexpr int kPanel = 320;  // height of a plot
constexpr double kFloorDb = -110;
constexpr Colour kInk = {230, 230, 230}, kGrid = {70, 70, 70}, kPaper = {16, 16, 20};
constexpr Colour kBars = {90, 170, 250}, kShortBlocks = {250, 190, 40};

int panel_top(int panel) {
  return kTop + panel * (kPanel + kTop);
}

// An empty picture with one or two panels, their titles and the axis of time.
Canvas paper(int panels, std::initializer_list<const char*> titles, double seconds) {
  Canvas canvas(kLeft + kPlotWidth + kRight, panel_top(panels) + kBottom);
  canvas.fill(0, 0, canvas.width(), canvas.height(), kPaper);
  int panel = 0;
  for (const char* title : titles) canvas.text(kLeft, panel_top(panel++) - 16, title, kInk);
  const int bottom = panel_top(panels) - kTop;
  for (int tick = 0; tick <= 10; ++tick) {
    const int x = kLeft + tick * (kPlotWidth - 1) / 10;
    canvas.fill(x, bottom, 1, 5, kInk);
    const std::string label = fmt::format("{:.1f} s", seconds * tick / 10);
    canvas.text(std::min(x - 10, canvas.width() - Canvas::text_width(label)), bottom + 8, label, kInk);
  }
  return canvas;
}

// A label left of a panel, and a line across it. `place`: 0 at its foot, 1 at its head.
void mark(Canvas& canvas, int panel, double place, const std::string& label) {
  const int y = panel_top(panel) + static_cast<int>((1 - place) * (kPanel - 1));
  for (int x = kLeft; x < kLeft + kPlotWidth; x += 4) canvas.set(x, y, kGrid);
  canvas.text(kLeft - 6 - Canvas::text_width(label), y - Canvas::kTextHeight / 2, label, kInk);
}

std::ptrdiff_t centre_of(int column, std::size_t samples) {
  return static_cast<std::ptrdiff_t>((static_cast<double>(column) + 0.5) / kPlotWidth * static_cast<double>(samples));
}

void draw_spectra(Canvas& canvas, int panel, const Sound& sound, double highest_hz) {
  for (int column = 0; column < kPlotWidth; ++column) {
    const auto power = power_spectrum(sound.x, centre_of(column, sound.x.size()));
    for (int row = 0; row < kPanel; ++row) {
      const double hz = highest_hz * (kPanel - 1 - row) / kPanel;
      const auto bin = static_cast<std::size_t>(hz / sound.rate_hz * kWindow);
      const double level = bin < power.size() ? 10 * std::log10(power[bin] + 1e-15) : kFloorDb;
      canvas.set(kLeft + column, panel_top(panel) + row, heat(1 - level / kFloorDb));
    }
  }
  for (double khz = 5; 1000 * khz < highest_hz; khz += 5)
    mark(canvas, panel, 1000 * khz / highest_hz, fmt::format("{:.0f} kHz", khz));
}

// Green while masked, from 0 dB on yellow to red.
Colour audibility(double ratio_db) {
  if (ratio_db < 0) return {20, static_cast<std::uint8_t>(std::clamp(200 + 6 * ratio_db, 30.0, 200.0)), 60};
  return {250, static_cast<std::uint8_t>(std::clamp(220 - 20 * ratio_db, 0.0, 220.0)), 30};
}

struct Bar {
  double low, high;
};

// Least and largest value of the frames that fall into a column.
template <typename Value>
Bar bar_of(const std::vector<FramePoint>& frames, int column, Value value) {
  const std::size_t first = frames.size() * static_cast<std::size_t>(column) / kPlotWidth;
  const std::size_t last = std::max(first + 1, frames.size() * static_cast<std::size_t>(column + 1) / kPlotWidth);
  Bar bar{1e9, 0};
  for (std::size_t n = first; n < std::min(last, frames.size()); ++n) {
    bar.low = std::min<double>(bar.low, value(frames[n]));
    bar.high = std::max<double>(bar.high, value(frames[n]));
  }
  return bar;
}

template <typename Value>
void draw_bars(Canvas& canvas, int panel, const std::vector<FramePoint>& frames, double full, Value value) {
  for (int column = 0; column < kPlotWidth && !frames.empty(); ++column) {
    const Bar bar = bar_of(frames, column, value);
    const int foot = panel_top(panel) + kPanel;
    const int low = static_cast<int>(bar.low / full * kPanel), high = static_cast<int>(bar.high / full * kPanel);
    canvas.fill(kLeft + column, foot - high, 1, high - low, kBars);  // how far the frames of this column differ
    canvas.fill(kLeft + column, foot - low, 1, low, {50, 90, 140});
    canvas.fill(kLeft + column, foot - high, 1, 2, kBars);
  }
}

}  // namespace

Canvas draw_bitrate(const std::vector<FramePoint>& frames, double seconds) {
  Canvas canvas =
      paper(2, {"bitrate, kbit/s, marks: short blocks", "main data begin, bytes before the frame"}, seconds);
  double most = 64;
  for (const FramePoint& frame : frames) most = std::max<double>(most, frame.kbps);
  const double full = 1.1 * most;
  draw_bars(canvas, 0, frames, full, [](const FramePoint& frame) { return frame.kbps; });
  draw_bars(canvas, 1, frames, 512, [](const FramePoint& frame) { return frame.main_data_begin; });
  for (int column = 0; column < kPlotWidth && !frames.empty(); ++column)
    if (bar_of(frames, column, [](const FramePoint& frame) { return frame.short_blocks ? 1 : 0; }).high > 0)
      canvas.fill(kLeft + column, panel_top(0), 1, 6, kShortBlocks);
  for (const int kbps : {32, 64, 128, 192, 256, 320})
    if (kbps < full) mark(canvas, 0, kbps / full, fmt::format("{}", kbps));
  for (const int bytes : {0, 255, 511}) mark(canvas, 1, bytes / 512.0, fmt::format("{}", bytes));
  return canvas;
}

Canvas draw_spectrogram(const Sound& decoded, const Sound* original) {
  const double seconds = static_cast<double>(decoded.x.size()) / decoded.rate_hz;
  const double highest = std::max(decoded.rate_hz, original != nullptr ? original->rate_hz : 0.0) / 2;
  Canvas canvas = original != nullptr ? paper(2, {"decoded", "original"}, seconds) : paper(1, {"decoded"}, seconds);
  draw_spectra(canvas, 0, decoded, highest);
  if (original != nullptr) draw_spectra(canvas, 1, *original, highest);
  return canvas;
}

Canvas draw_noise(const Sound& decoded, const Sound& original) {
  const double seconds = static_cast<double>(decoded.x.size()) / decoded.rate_hz;
  Canvas canvas = paper(1, {"noise to mask by critical band: green is masked, red is not"}, seconds);
  std::vector<float> difference(decoded.x.size());
  for (std::size_t n = 0; n < difference.size(); ++n) difference[n] = decoded.x[n] - original.x[n];
  constexpr int kBandRows = kPanel / kBands;
  for (int column = 0; column < kPlotWidth; ++column) {
    const std::ptrdiff_t centre = centre_of(column, difference.size());
    const auto ratio =
        noise_to_mask(power_spectrum(original.x, centre), power_spectrum(difference, centre), decoded.rate_hz);
    for (int band = 0; band < kBands; ++band)
      canvas.fill(kLeft + column, panel_top(0) + kPanel - (band + 1) * kBandRows, 1, kBandRows,
                  audibility(ratio[static_cast<std::size_t>(band)]));
  }
  for (const int band : {0, 4, 8, 12, 16, 20, 23})
    mark(canvas, 0, static_cast<double>((band + 1) * kBandRows) / kPanel, fmt::format("{:.0f} Hz", band_edge_hz(band)));
  return canvas;
}

}  // namespace sluice::mp3scope
