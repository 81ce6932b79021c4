// Tiny nodes and a registry of their own, for the tests of this room.
#pragma once

#include <gmock/gmock.h>

#include <fmt/format.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "engine/graph/build.h"
#include "engine/graph/front.h"

namespace sluice {

// "source": audio out, any rate.
class TestSource final : public Node {
 public:
  Out<float> out{*this, "out", "audio"};
  Param<double> rate{
      *this, "rate", {.unit = "Hz", .default_value = 48000, .min = 8000, .max = 192000, .doc = "sampling rate"}};
  Param<int> channels{*this, "channels", {.default_value = 2, .min = 1, .max = 8, .doc = "channels"}};
  Param<std::string> path{*this, "path", {.doc = "file"}};
  Status configure() override {
    out.set_spec({.media = "audio", .codec = {}, .rate_hz = rate, .channels = channels}, 480);
    return {};
  }
};

class TestGain final : public SampleNode {
 public:
  Param<double> gain{*this, "gain", {.unit = "dB", .default_value = 0, .min = -120, .max = 60, .doc = "factor"}};
  using SampleNode::process;
  void process(std::size_t) REALTIME override {}
};

// "narrow.encode": takes 8 kHz mono only, and says so.
class TestEncoder final : public Node {
 public:
  In<float> in{*this, "in", "audio, 8 kHz mono"};
  Out<Packet<"narrow">> out{*this, "out", "packets"};
  Param<std::string> law{*this, "law", {.default_value = "a", .choices = {"a", "mu"}, .doc = "law"}};
  Format accepted(const InPort& port) const override {
    Format format = port.format();
    format.rate_hz = 8000;
    format.channels = 1;
    return format;
  }
  Status configure() override {
    if (in.format().rate_hz != 8000) return Error{"in", "takes 8 kHz"};
    out.set_spec({.media = "packet", .codec = "narrow", .rate_hz = 8000, .channels = 1}, in.spec().block_frames, 960);
    return {};
  }
};

class TestDecoder final : public Node {
 public:
  In<Packet<"narrow">> in{*this, "in", "packets"};
  Out<float> out{*this, "out", "audio"};
  Status configure() override {
    out.set_spec({.media = "audio", .codec = {}, .rate_hz = 8000, .channels = 1}, in.spec().block_frames);
    return {};
  }
};

class TestResample final : public Node {
 public:
  In<float> in{*this, "in", "audio"};
  Out<float> out{*this, "out", "audio"};
  Param<double> rate{
      *this,
      "rate",
      {.unit = "Hz", .default_value = 48000, .min = 1000, .max = 192000, .doc = "new rate", .required = true}};
  Status configure() override {
    Format format = in.format();
    format.rate_hz = rate;
    out.set_spec(format, in.spec().block_frames);
    return {};
  }
};

class TestChannels final : public Node {
 public:
  In<float> in{*this, "in", "audio"};
  Out<float> out{*this, "out", "audio"};
  Param<int> channels{*this, "channels", {.default_value = 1, .min = 1, .max = 8, .doc = "how many"}};
  Status configure() override {
    Format format = in.format();
    format.channels = channels;
    out.set_spec(format, in.spec().block_frames);
    return {};
  }
};

class TestMix final : public Node {
 public:
  Ins<float> in{*this, "in", "audio"};
  Out<float> out{*this, "out", "sum"};
  Status configure() override {
    out.set_spec(in[0].spec());
    return {};
  }
};

// "split": two outputs, one of them optional; two inputs, one of them optional.
class TestSplit final : public Node {
 public:
  In<float> in{*this, "in", "audio"};
  In<float> key{*this, "key", "side chain", {.optional = true}};
  Out<float> low{*this, "low", "low band"};
  Out<float> high{*this, "high", "high band"};
  Status configure() override {
    low.set_spec(in.spec());
    high.set_spec(in.spec());
    return {};
  }
};

class TestSink final : public Node {
 public:
  In<Anything> in{*this, "in", "anything"};
  Param<std::string> path{*this, "path", {.doc = "file"}};
  Status configure() override { return path.is("bad") ? Status(Error{"path", "cannot be written"}) : Status(); }
};

class TestPacketSink final : public Node {
 public:
  In<Packet<"narrow">> in{*this, "in", "packets"};
  Param<int> port{*this, "port", {.default_value = 8000, .min = 0, .max = 65535, .doc = "TCP port"}};
  Status configure() override { return {}; }
};

inline const Registry& test_registry() {
  static const Registry registry = [] {
    Registry r;
    r.add("source", "audio", [] { return std::make_unique<TestSource>(); });
    r.add("gain", "amplifies", [] { return std::make_unique<TestGain>(); });
    r.add("narrow.encode", "encodes", [] { return std::make_unique<TestEncoder>(); });
    r.add("narrow.decode", "decodes", [] { return std::make_unique<TestDecoder>(); });
    r.add("resample", "converts the rate", [] { return std::make_unique<TestResample>(); });
    r.add("channels", "converts channels", [] { return std::make_unique<TestChannels>(); });
    r.add("mix", "sums", [] { return std::make_unique<TestMix>(); });
    r.add("split", "bands", [] { return std::make_unique<TestSplit>(); });
    r.add("sink", "takes anything", [] { return std::make_unique<TestSink>(); });
    r.add("net.listen", "serves", [] { return std::make_unique<TestPacketSink>(); });
    return r;
  }();
  return registry;
}

// "3:9: message" of every diagnostic of the file named g.yaml or of -e; others with their file.
inline std::vector<std::string> lines(const std::vector<Diagnostic>& diagnostics) {
  std::vector<std::string> result;
  for (const Diagnostic& d : diagnostics) {
    const bool own = d.mark.file == "g.yaml" || d.mark.file == "-e";
    result.push_back((own ? "" : std::filesystem::path(d.mark.file).filename().string() + ":") +
                     std::to_string(d.mark.line) + ":" + std::to_string(d.mark.column) + ": " + d.message);
  }
  return result;
}

inline Parsed read_yaml(std::string_view text, const FrontOptions& options = {}) {
  return parse_graph_yaml(text, "g.yaml", test_registry(), options);
}
inline Parsed read_line(std::string_view text, const FrontOptions& options = {}) {
  return parse_graph_line(text, test_registry(), options);
}

// The errors of text, parameters, links and formats together, as `sluice check` shows them.
inline std::vector<std::string> problems(Parsed parsed) {
  const BuiltGraph built = build_graph(std::move(parsed.spec), test_registry());
  return lines(merge(std::move(parsed.diagnostics), built.diagnostics));
}

// "a -> b.in" for every link, ports only where the text gave them.
inline std::vector<std::string> links_of(const GraphSpec& spec) {
  std::vector<std::string> result;
  const auto end = [](const Endpoint& e) { return e.port.empty() ? e.node : e.node + "." + e.port; };
  for (const LinkSpec& link : spec.links) result.push_back(end(link.from) + " -> " + end(link.to));
  return result;
}

inline std::string param_of(const GraphSpec& spec, const std::string& node, const std::string& param) {
  for (const NodeSpec& n : spec.nodes)
    for (const ParamSpec& p : n.params)
      if (n.name == node && p.name == param) return p.value;
  return "(none)";
}

// A folder of files that lasts as long as the test.
class TestFolder {
 public:
  explicit TestFolder(const std::string& name = "") {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::temp_directory_path() /
            (std::string("sluice_") + info->test_suite_name() + "_" + info->name() + name);
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  std::string write(const std::string& name, std::string_view text) const {
    std::ofstream(path_ / name) << text;
    return (path_ / name).string();
  }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace sluice
