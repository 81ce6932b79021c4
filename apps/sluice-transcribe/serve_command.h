// sluice-transcribe --serve: a speech server until a signal comes.
#pragma once

#include <string>
#include <vector>

#include "apps/common/run.h"
#include "apps/sluice-transcribe/recogniser/recogniser.h"

namespace sluice::transcribe {

struct ServeArguments {
  std::string address;  // "[HOST:]PORT"
  Recogniser recogniser;
  std::vector<std::string> plugins;
  std::string tls_certificate, tls_key;  // files; empty: in the clear
  int max_streams = 64;
  double max_stream_s = 4 * 3600;
  bool quiet = false;
};

// An exit status. The token comes from $SLUICE_TRANSCRIBE_TOKEN: outside of this machine one is asked for.
int serve(const ServeArguments& arguments, apps::StopSignals& signals);

}  // namespace sluice::transcribe
