// A radio that follows a script, as a module for SoapySDR: what a device does that nobody has at hand when tests run.
//   driver=scripted, id=NAME        one device for each id: its script goes on where it was when it is opened again
//     overflow_at=N                 after N samples, 1000 are dropped
//     stall_at=N                    after N samples nothing moves any more, until it is opened again
//     vanish_at=N                   after N samples it is broken, and is not found again ...
//     back_after=K                  ... before it was looked for K times
//     out=PATH                      what it is given to send, as cf32
// It receives x[n] = (n mod 8192, n / 8192 mod 8192) / 8192: every sample tells its own number.
#include <SoapySDR/Device.hpp>
#include <SoapySDR/Errors.hpp>
#include <SoapySDR/Formats.hpp>
#include <SoapySDR/Registry.hpp>
#include <algorithm>
#include <complex>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>

namespace {

constexpr long long kNever = -1;
constexpr long long kDropped = 1000;
constexpr std::size_t kMtu = 1500;  // not a divisor of any block

// What a device has done, which outlives its object.
struct History {
  long long moved = 0;  // samples, dropped ones included
  bool overflowed = false, stalled = false, vanished = false;
  int looked_for = 0;  // since it vanished
};
std::map<std::string, History> histories;

long long number(const SoapySDR::Kwargs& arguments, const char* key) {
  const auto found = arguments.find(key);
  return found == arguments.end() ? kNever : std::stoll(found->second);
}
std::string text(const SoapySDR::Kwargs& arguments, const char* key) {
  const auto found = arguments.find(key);
  return found == arguments.end() ? "" : found->second;
}

class ScriptedRadio final : public SoapySDR::Device {
 public:
  explicit ScriptedRadio(const SoapySDR::Kwargs& arguments)
      : arguments_(arguments), history_(histories[text(arguments, "id")]) {}

  std::string getDriverKey() const override { return "scripted"; }
  std::size_t getNumChannels(int) const override { return 1; }
  std::vector<std::string> getStreamFormats(int, std::size_t) const override { return {SOAPY_SDR_CF32}; }
  std::vector<std::string> listAntennas(int, std::size_t) const override { return {"RX", "TX"}; }
  void setSampleRate(int, std::size_t, double rate) override { rate_ = std::clamp(rate, 100e3, 4e6); }
  double getSampleRate(int, std::size_t) const override { return rate_; }
  SoapySDR::RangeList getSampleRateRange(int, std::size_t) const override { return {{100e3, 4e6}}; }
  SoapySDR::RangeList getFrequencyRange(int, std::size_t) const override { return {{24e6, 1.8e9}}; }
  void setFrequency(int, std::size_t, double, const SoapySDR::Kwargs&) override {}
  SoapySDR::Range getGainRange(int, std::size_t) const override { return {0, 50}; }
  void setGain(int, std::size_t, double) override {}

  SoapySDR::Stream* setupStream(int direction, const std::string& format, const std::vector<std::size_t>&,
                                const SoapySDR::Kwargs&) override {
    if (format != SOAPY_SDR_CF32) throw std::runtime_error("cf32 only");
    if (direction == SOAPY_SDR_TX) out_.open(text(arguments_, "out"), std::ios::binary | std::ios::app);
    stalled_ = false;
    return reinterpret_cast<SoapySDR::Stream*>(this);
  }
  void closeStream(SoapySDR::Stream*) override { out_.close(); }
  std::size_t getStreamMTU(SoapySDR::Stream*) const override { return kMtu; }

  int readStream(SoapySDR::Stream*, void* const* buffers, std::size_t count, int&, long long&, long) override {
    const int able = next(count);
    auto* samples = static_cast<std::complex<float>*>(buffers[0]);
    for (int n = 0; n < able; ++n, ++history_.moved)
      samples[n] = {static_cast<float>(history_.moved % 8192) / 8192,
                    static_cast<float>(history_.moved / 8192 % 8192) / 8192};
    return able;
  }
  int writeStream(SoapySDR::Stream*, const void* const* buffers, std::size_t count, int& flags, long long,
                  long) override {
    if (flags & SOAPY_SDR_END_BURST) return static_cast<int>(count);
    const int able = next(count);
    if (able > 0) {
      out_.write(static_cast<const char*>(buffers[0]), able * static_cast<long>(sizeof(std::complex<float>)));
      history_.moved += able;
    }
    return able;
  }
  int readStreamStatus(SoapySDR::Stream*, std::size_t&, int&, long long&, long) override {
    return SOAPY_SDR_NOT_SUPPORTED;
  }

 private:
  // Samples that move next, or the script's error.
  int next(std::size_t count) {
    count = std::min(count, kMtu);
    if (!due("overflow_at", history_.overflowed, count)) {
      if (!due("stall_at", history_.stalled, count)) {
        if (!due("vanish_at", history_.vanished, count)) return stalled_ ? SOAPY_SDR_TIMEOUT : static_cast<int>(count);
        return SOAPY_SDR_STREAM_ERROR;
      }
      stalled_ = true;
      return SOAPY_SDR_TIMEOUT;
    }
    history_.moved += kDropped;
    return SOAPY_SDR_OVERFLOW;
  }
  // Once: true when the place has come. Shortens `count` to end there.
  bool due(const char* key, bool& done, std::size_t& count) {
    const long long at = number(arguments_, key);
    if (at == kNever || done) return false;
    done = history_.moved >= at;
    if (!done) count = std::min(count, static_cast<std::size_t>(at - history_.moved));
    return done;
  }

  SoapySDR::Kwargs arguments_;
  History& history_;
  double rate_ = 1e6;
  bool stalled_ = false;
  std::ofstream out_;
};

SoapySDR::KwargsList find(const SoapySDR::Kwargs& arguments) {
  if (text(arguments, "driver") != "scripted" && !arguments.empty()) return {};
  History& history = histories[text(arguments, "id")];
  if (history.vanished && history.looked_for++ < number(arguments, "back_after")) return {};
  if (history.vanished && number(arguments, "back_after") == kNever) return {};
  SoapySDR::Kwargs found{{"driver", "scripted"}, {"label", "scripted radio"}};
  if (arguments.contains("id")) found["id"] = text(arguments, "id");
  return {found};
}

SoapySDR::Device* make(const SoapySDR::Kwargs& arguments) {
  return new ScriptedRadio(arguments);
}

const SoapySDR::Registry registration("scripted", &find, &make, SOAPY_SDR_ABI_VERSION);

}  // namespace
