#include "nodes/sdr/patient_radio.h"

#include <algorithm>
#include <utility>

namespace sluice::sdr {
namespace {

constexpr auto kRetry = std::chrono::milliseconds(500);

}  // namespace

Status PatientRadio::open(const RadioSettings& settings, const RadioPatience& patience, Time now) {
  settings_ = settings;
  patience_ = patience;
  moved_at_ = opened_at_ = now;
  auto opened = RadioDevice::open(settings_);
  if (!opened) return opened.error();
  device_ = std::move(*opened);
  return {};
}

PatientRadio::State PatientRadio::look_after(Time now) noexcept {
  if (device_.open()) return State::running;
  if (now - moved_at_ > patience_.timeout + patience_.give_up) return State::lost;
  if (now < retry_at_) return State::away;
  retry_at_ = now + kRetry;
  auto opened = RadioDevice::open(settings_);
  if (!opened) return State::away;
  opened_at_ = now;
  device_ = std::move(*opened);
  return State::running;
}

bool PatientRadio::judge(RadioDevice::Transfer::Outcome outcome, Time now) noexcept {
  using Outcome = RadioDevice::Transfer::Outcome;
  if (outcome == Outcome::moved || outcome == Outcome::lost_samples) moved_at_ = now;
  if (outcome != Outcome::broken && now - std::max(moved_at_, opened_at_) <= patience_.timeout) return false;
  ++losses_;
  device_.close();
  retry_at_ = now + kRetry;
  return true;
}

}  // namespace sluice::sdr
