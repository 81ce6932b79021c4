// sluice-transcribe: speech to text, from a microphone, from files, or for many clients at once.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "apps/common/program.h"
#include "apps/common/run.h"
#include "apps/sluice-transcribe/serve_command.h"
#include "apps/sluice-transcribe/sources.h"
#include "apps/sluice-transcribe/transcribe_files.h"
#include "engine/graph/print.h"
#include "engine/graph/quote.h"
#include "engine/run/session.h"

namespace {

using namespace sluice;
using namespace sluice::transcribe;

struct Arguments {
  FilesOptions files;
  ServeArguments serve;
  std::string recogniser = "asr.two_pass", model, hotwords, run_for;
  bool print_graph = false;
};

void add_options(CLI::App& app, Arguments& arguments) {
  TranscribeOptions& transcribe = arguments.files.transcribe;
  app.add_option("FILE", arguments.files.files,
                 "audio files; - is standard input, taken as live. None: the microphone");
  app.add_option("--device", transcribe.device, "microphone: a part of its name, or its number (sluice devices)");
  app.add_option("-f,--format", transcribe.format, "txt, srt, vtt or jsonl; auto: live captions, of files their text")
      ->check(CLI::IsMember({"auto", "txt", "srt", "vtt", "jsonl"}))
      ->capture_default_str();
  app.add_option("-o,--output", transcribe.output, "file to write; - is standard output")->capture_default_str();
  app.add_option("--output-dir", arguments.files.folder, "folder for one text of each FILE")
      ->check(CLI::ExistingDirectory);
  app.add_flag("--partials", transcribe.partials, "with jsonl: also what is not final yet");
  app.add_option(
      "--llm", transcribe.llm,
      "language model that corrects what was recognised: a GGUF file, or the URL of an OpenAI-compatible server");
  app.add_option("--llm-name", transcribe.llm_name, "the model, as that server calls it");
  app.add_option("--hotwords", arguments.hotwords,
                 "file of phrases to expect, one a line, with \":0.5\" to \":1.5\" as weight");
  app.add_option("--model", arguments.model, "the recogniser's model: a folder, or one in the folder of models");
  app.add_option("--recogniser,--recognizer", arguments.recogniser,
                 "node or graph that recognises: TYPE(PARAM=VALUE, ...)")
      ->capture_default_str();
  app.add_option("--plugin", transcribe.plugins, "shared library with further nodes")->allow_extra_args(false);
  app.add_option("--for", arguments.run_for, "stop the microphone after this long, as in 30s");
  CLI::Option* const serve = app.add_option(
      "--serve", arguments.serve.address,
      "serve clients on [HOST:]PORT: FunASR, Vosk, WhisperLive, OpenAI; token in $SLUICE_TRANSCRIBE_TOKEN");
  app.add_option("--tls-cert", arguments.serve.tls_certificate, "with --serve: certificate and its chain, a PEM file");
  app.add_option("--tls-key", arguments.serve.tls_key, "its key, a PEM file");
  app.add_option("--max-streams", arguments.serve.max_streams, "streams that are served at a time")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app.add_option("--max-stream-time", arguments.serve.max_stream_s, "seconds of audio in one stream or upload")
      ->check(CLI::Range(1.0, 1e7))
      ->capture_default_str();
  app.add_flag("--print-graph", arguments.print_graph, "print the graph that would run, and end");
  app.add_flag("--json", arguments.files.json, "print one JSON object with the measurements at the end");
  app.add_flag("-q,--quiet", arguments.files.quiet, "no progress and no summary");
  for (const char* of_one_stream : {"FILE", "--device", "--format", "--output", "--output-dir", "--partials", "--llm",
                                    "--llm-name", "--for", "--print-graph", "--json"})
    serve->excludes(of_one_stream);
}

int usage_error(const Error& error) {
  fmt::print(stderr, "error: {}\n", error.text());
  return apps::kBadUsage;
}

// What --recogniser, --model and --hotwords say together.
Result<Recogniser> recogniser_of(const Arguments& arguments) {
  auto recogniser = parse_recogniser(arguments.recogniser);
  if (!recogniser) return recogniser;
  if (!arguments.model.empty())
    recogniser->params += (recogniser->params.empty() ? "model=" : ", model=") + quoted_value(arguments.model);
  if (arguments.hotwords.empty()) return recogniser;
  auto hotwords = read_hotwords(arguments.hotwords);
  if (!hotwords) return std::unexpected(hotwords.error());
  recogniser->hotwords = std::move(*hotwords);
  return recogniser;
}

int print_graph(const FilesOptions& options) {
  const TranscribeOptions& transcribe = options.transcribe;
  const Plan plan = apps::load_graph(
      options.files.empty() ? microphone_graph(transcribe) : file_graph(transcribe, options.files.front(), ""),
      apps::OpenPorts::refuse);
  apps::print_causes(plan.diagnostics());
  if (!plan.ok()) return apps::kBadUsage;
  fmt::print("{}", to_yaml(plan.graph.spec));
  return apps::kDone;
}

int transcribe_microphone(const Arguments& arguments, apps::StopSignals& signals) {
  SessionOptions options;
  if (!arguments.run_for.empty()) {
    const auto run_for = apps::parse_run_time(arguments.run_for);
    if (!run_for) return usage_error(run_for.error());
    options.run_for = *run_for;
  }
  Plan plan = apps::load_graph(microphone_graph(arguments.files.transcribe), apps::OpenPorts::refuse);
  apps::print_causes(plan.diagnostics());
  if (!plan.ok()) return apps::kBadUsage;
  Executor executor;
  Session session(std::move(plan), executor, options);
  const bool quiet = arguments.files.quiet;
  return apps::run_session(session, signals,
                           {.json = arguments.files.json,
                            .quiet = true,  // a status line would stand in the captions
                            .status = {},
                            .summary = {},
                            .started = [quiet] {
                              if (!quiet) fmt::print(stderr, "listening; Ctrl-C ends it\n");
                            }});
}

int run(Arguments arguments) {
  apps::StopSignals signals;
  auto recogniser = recogniser_of(arguments);
  if (!recogniser) return usage_error(recogniser.error());
  arguments.files.transcribe.recogniser = *recogniser;
  if (!arguments.serve.address.empty()) {
    arguments.serve.recogniser = std::move(*recogniser);
    arguments.serve.plugins = arguments.files.transcribe.plugins;
    arguments.serve.quiet = arguments.files.quiet;
    return serve(arguments.serve, signals);
  }
  if (arguments.print_graph) return print_graph(arguments.files);
  if (arguments.files.files.empty()) return transcribe_microphone(arguments, signals);
  return transcribe_files(arguments.files, signals);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"sluice-transcribe: speech to text, live, from files, or for many clients at once."};
  app.set_version_flag("--version", "sluice-transcribe " SLUICE_VERSION);
  Arguments arguments;
  add_options(app, arguments);
  return apps::run_program(app, argc, argv, [&] { return run(arguments); });
}
