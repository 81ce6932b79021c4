#include "apps/sluice-transcribe/serve_command.h"

#include <fmt/format.h>

#include <cstdlib>
#include <thread>

#include "apps/common/plugins.h"
#include "apps/sluice-transcribe/serve/recognition.h"
#include "apps/sluice-transcribe/serve/server.h"

namespace sluice::transcribe {
namespace {

constexpr std::chrono::milliseconds kLook{100};  // between two looks at whether a signal came

int usage_error(const Error& error) {
  fmt::print(stderr, "error: {}\n", error.text());
  return apps::kBadUsage;
}

Result<ServeOptions> options_of(const ServeArguments& arguments) {
  auto address = control::parse_address(arguments.address);
  if (!address) return std::unexpected(Error{"--serve", address.error().message});
  ServeOptions options{.address = *address, .recogniser = arguments.recogniser};
  if (arguments.tls_certificate.empty() != arguments.tls_key.empty())
    return std::unexpected(Error{"--tls-cert", "and --tls-key go together"});
  options.tls_certificate = arguments.tls_certificate;
  options.tls_key = arguments.tls_key;
  if (const char* token = std::getenv("SLUICE_TRANSCRIBE_TOKEN")) options.token = token;
  options.limits.streams = static_cast<std::size_t>(arguments.max_streams);
  options.limits.connections = 4 * options.limits.streams;
  options.limits.stream_s = arguments.max_stream_s;
  return options;
}

void announce(const SpeechServer& server, bool token, bool tls) {
  const control::Address& address = server.address();
  const std::string place = (tls ? "s://" : "://") + address.text();
  fmt::print(stderr,
             "sluice-transcribe: serving on {}\n  ws{}/      FunASR (2pass, realtime), Vosk, WhisperLive\n"
             "  http{}/v1/audio/transcriptions\n",
             address.text(), place, place);
  if (address.loopback())
    fmt::print(stderr, "  only this machine can connect; 0.0.0.0:PORT opens it to every network\n");
  if (!address.loopback() && !token)
    fmt::print(stderr, "warning: anybody who gets there may use it: $SLUICE_TRANSCRIBE_TOKEN asks for a token\n");
  fmt::print(stderr, "  Ctrl-C ends it\n");
}

}  // namespace

int serve(const ServeArguments& arguments, apps::StopSignals& signals) {
  const auto options = options_of(arguments);
  if (!options) return usage_error(options.error());
  if (const auto refused = apps::load_plugins(arguments.plugins); !refused.empty()) {
    for (const Diagnostic& diagnostic : refused) fmt::print(stderr, "{}\n", to_string(diagnostic));
    return apps::kBadUsage;
  }
  Executor executor(Executor::Options{.realtime_workers = 1,
                                      .elastic_workers = static_cast<int>(std::thread::hardware_concurrency()) + 1,
                                      .raise_priority = false});
  // Stays as long as the server does, and with it the model that all streams share; what is wrong with it shows now.
  const auto ready =
      Recognition::of_stream(options->recogniser, 16000, {}, executor,
                             {.said = [](const Transcript&) {}, .taken = [](std::uint64_t) {}, .ended = [] {}});
  if (!ready) {
    fmt::print(stderr, "error: {}\n", ready.error().text());
    return apps::kFailedWhileRunning;
  }
  const auto server = SpeechServer::open(*options, executor);
  if (!server) return usage_error(server.error());
  signals.hold();
  if (!arguments.quiet) announce(**server, !options->token.empty(), !options->tls_certificate.empty());
  while (signals.arrived() == 0) std::this_thread::sleep_for(kLook);
  return apps::kDone;
}

}  // namespace sluice::transcribe
