// A radio that may stand still or go away: it is closed then, and opened again every half second until it is back.
#pragma once

#include "engine/core/clock.h"
#include "nodes/sdr/radio_device.h"

namespace sluice::sdr {

inline constexpr long kRadioPatienceUs = 20'000;  // of a read or write: how long a stop may have to wait

inline constexpr const char* kRadioLost =
    "the radio stands still or is gone, and did not come back in time (see `sluice devices`)";

struct RadioPatience {
  Duration timeout{};  // without a sample moved: the device stands still
  Duration give_up{};  // and is not back: it is lost
};

// One thread at a time.
class PatientRadio {
 public:
  enum class State { running, away, lost };

  Status open(const RadioSettings& settings, const RadioPatience& patience, Time now);
  void close() noexcept { device_.close(); }

  // The device; only while running.
  RadioDevice& device() noexcept { return device_; }
  unsigned losses() const noexcept { return losses_; }  // times that it went away
  Time retry_at() const noexcept { return retry_at_; }  // while it is away

  // Opens it again when it is away and it is time. That may take as long as its driver does.
  State look_after(Time now) noexcept;
  // What came of a read or write, or that there was nothing to write. Returns true when the device was closed for it.
  bool judge(RadioDevice::Transfer::Outcome outcome, Time now) noexcept;

 private:
  RadioSettings settings_;
  RadioPatience patience_;
  RadioDevice device_;
  Time moved_at_{}, opened_at_{}, retry_at_{};
  unsigned losses_ = 0;
};

}  // namespace sluice::sdr
