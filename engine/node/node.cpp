#include "engine/node/node.h"

#include <algorithm>

namespace sluice {

bool Node::ready() const noexcept {
  return std::ranges::any_of(ins_, [](const InPort* in) { return in->waiting() > 0; });
}

void Node::fail(std::string_view message) noexcept {
  if (failed_.load(std::memory_order_acquire)) return;
  const std::size_t length = std::min(message.size(), failure_.size() - 1);
  std::copy_n(message.data(), length, failure_.data());
  failed_.store(true, std::memory_order_release);
}

std::string_view Node::failure() const noexcept {
  return failed_.load(std::memory_order_acquire) ? std::string_view(failure_.data()) : std::string_view{};
}

void Node::leave_to_budget(Param<int>& param, Duration step) {
  elastic_.reset();
  if (!param.assigned() && step > Duration{}) elastic_ = {&param, step};
}

void Node::stretch(Duration::rep steps) {
  const auto [param, step] = elastic_.value();
  const ParamInfo info = param->info();
  const auto from = static_cast<double>(param->value());
  const int to = static_cast<int>(std::clamp(from + static_cast<double>(steps), info.min, info.max));
  delay_ += (to - param->value()) * step;
  param->set(to);
}

Counter::Counter(Node& owner, std::string_view name, std::string_view doc, Tells tells)
    : name_(name), doc_(doc), tells_(tells) {
  owner.counters_.push_back(this);
}

void SampleNode::process() REALTIME {
  while (BlockRef in = input.next()) {
    block_ = output.writable(std::move(in));
    if (input.gap()) block_->header.flags |= kDiscontinuity;
    process(block_->frames());
    output.emit(std::move(block_));
  }
}

}  // namespace sluice
