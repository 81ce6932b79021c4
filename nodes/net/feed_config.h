// What a live feed of text is: for those who publish it and for the site that serves it.
#pragma once

#include <cstddef>
#include <string>

namespace sluice::net {

struct FeedConfig {
  std::string path;
  std::string kind = "captions";  // under which /status.json lists it, and the player page looks for it
  std::size_t kept = 3;           // events that a new reader is shown: the last ones that are final
};

}  // namespace sluice::net
