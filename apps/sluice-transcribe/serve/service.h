// What all connections of a server share.
#pragma once

#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <string>

#include "apps/sluice-transcribe/recogniser/recogniser.h"
#include "apps/sluice-transcribe/serve/limits.h"
#include "engine/run/executor.h"

namespace sluice::transcribe {

struct Service {
  Recogniser recogniser;
  ServeLimits limits;
  std::string token;  // asked of every client when not empty
  Executor& executor;
  std::atomic<std::size_t> connections{0}, streams{0};
  boost::asio::thread_pool slow{4};  // for what blocks: starting and stopping graphs

  // A place for one stream; given back when the last copy is gone. Null when there is none.
  std::shared_ptr<void> take_place() {
    if (streams.fetch_add(1) >= limits.streams) {
      streams.fetch_sub(1);
      return nullptr;
    }
    return {this, [this](void*) { streams.fetch_sub(1); }};
  }
};

}  // namespace sluice::transcribe
