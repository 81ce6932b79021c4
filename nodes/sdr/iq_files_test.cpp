#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>

#include "engine/testing/node_harness.h"
#include "nodes/sdr/formats.h"
#include "nodes/sdr/sigmf.h"

namespace sluice::sdr {
namespace {

using Samples = std::vector<Sample>;

class IqFiles : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string file(const std::string& name) const { return (folder_ / name).string(); }

  void write(const std::string& name, const Samples& samples, const std::string& format = "auto") {
    NodeHarness writer("iq.file_write");
    ASSERT_TRUE(writer.set("path", file(name)));
    ASSERT_TRUE(writer.set("format", format));
    ASSERT_TRUE(writer.set("frequency", "98.5 MHz"));
    writer.connect("in", {.format = iq_format(1e6), .block_frames = 1000});
    ASSERT_TRUE(writer.start());
    BlockPool pool({.channels = 1, .frames = 1000, .sample_bytes = 8}, 2);
    for (std::size_t n = 0; n < samples.size(); n += 1000) {
      BlockRef block = pool.take();
      block->header.frames = static_cast<std::int64_t>(std::min<std::size_t>(1000, samples.size() - n));
      std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(n), block->frames(), block->iq().begin());
      writer.feed("in", std::move(block));
    }
    writer.end();
    writer.node().stop();
  }

  Samples read(const std::string& name, double* truncated = nullptr, double* invalid = nullptr) {
    NodeHarness reader("iq.file_read");
    EXPECT_TRUE(reader.set("path", file(name)));
    if (!is_sigmf(name)) {
      EXPECT_TRUE(reader.set("rate", "1 MHz"));
    }
    const Status status = reader.start();
    EXPECT_TRUE(status) << (status ? "" : status.error().text());
    if (!status) return {};
    EXPECT_EQ(reader.node().outs()[0]->format().rate_hz, 1e6);
    while (reader.pull().when != Pull::When::ended) {
    }
    if (truncated) *truncated = reader.counter("truncated_bytes");
    if (invalid) *invalid = reader.counter("invalid");
    Samples samples;
    for (const BlockRef& block : reader.out("out")) {
      const auto x = block->iq();
      samples.insert(samples.end(), x.begin(), x.end());
    }
    return samples;
  }

  static Samples noise(std::size_t count, float scale) {
    std::mt19937 random(1);
    std::uniform_real_distribution<float> uniform(-1, 1);
    Samples samples(count);
    for (auto& x : samples) x = {scale * uniform(random), scale * uniform(random)};
    return samples;
  }

 private:
  std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("sluice_iq_" + std::to_string(::getpid()));
};

TEST_F(IqFiles, OfFloatsComeBackExactly) {
  const Samples x = noise(12'345, 0.9f);
  write("a.cf32", x);
  EXPECT_EQ(read("a.cf32"), x);
}

TEST_F(IqFiles, OfIntegersComeBackWithinHalfAStep) {
  const Samples x = noise(5000, 0.9f);
  for (const auto& [name, step] : {std::pair{"a.cs16", 1 / 32768.0f}, std::pair{"a.cu8", 1 / 127.5f}}) {
    write(name, x);
    const Samples y = read(name);
    ASSERT_EQ(y.size(), x.size());
    for (std::size_t n = 0; n < x.size(); ++n) {
      ASSERT_NEAR(x[n].real(), y[n].real(), 0.51f * step);
      ASSERT_NEAR(x[n].imag(), y[n].imag(), 0.51f * step);
    }
  }
}

TEST_F(IqFiles, OfSigmfSayTheirRateAndComeBackExactly) {
  const Samples x = noise(3000, 0.5f);
  write("a.sigmf", x);
  EXPECT_EQ(read("a.sigmf"), x);
  EXPECT_EQ(read("a.sigmf-meta"), x);
  std::ifstream meta(file("a.sigmf-meta"));
  const std::string text{std::istreambuf_iterator<char>(meta), {}};
  const auto said = read_sigmf(text);
  ASSERT_TRUE(said);
  EXPECT_EQ(*said, (SigmfMeta{.format = IqFormat::cf32, .rate_hz = 1e6, .frequency_hz = 98.5e6}));
  for (const char* field : {"core:datatype", "core:version", "core:sample_rate", "captures", "annotations"})
    EXPECT_THAT(text, testing::HasSubstr(field));
}

TEST_F(IqFiles, OfSigmfHaveTheRateOfTheirMetadataWhateverTheGraphSays) {
  write("a.sigmf", noise(3000, 0.5f));
  NodeHarness reader("iq.file_read");
  ASSERT_TRUE(reader.set("path", file("a.sigmf")));
  ASSERT_TRUE(reader.set("rate", "2.4 MHz"));
  ASSERT_TRUE(reader.start());
  EXPECT_EQ(reader.node().outs()[0]->format().rate_hz, 1e6);
}

TEST_F(IqFiles, OfSigmfMayHaveTheirSamplesUnderAnotherName) {
  const Samples x = noise(100, 0.5f);
  write("samples.cf32", x);
  std::ofstream(file("a.sigmf-meta")) << R"({"global":{"core:datatype":"cf32_le","core:version":"1.0.0",)"
                                      << R"("core:sample_rate":1e6,"core:dataset":"samples.cf32"},"captures":[]})";
  EXPECT_EQ(read("a.sigmf-meta"), x);
}

TEST_F(IqFiles, HaveOneWriterAtATime) {
  const auto had_by = [&](const std::string& name) {
    NodeHarness writer("iq.file_write");
    EXPECT_TRUE(writer.set("path", name));
    EXPECT_TRUE(writer.set("format", "cf32"));
    writer.connect("in", {.format = iq_format(1e6), .block_frames = 1000});
    EXPECT_TRUE(writer.start());
    return writer.node().exclusive();
  };
  EXPECT_THAT(had_by(file("a.sigmf")), testing::EndsWith("/a.sigmf-data"));
  EXPECT_EQ(had_by(file("a.sigmf-meta")), had_by(file("a.sigmf")));
  EXPECT_EQ(had_by("/dev/null"), "");
}

TEST_F(IqFiles, ThatAreCutOffOrHoldNoNumbersAreReadAsFarAsTheyGo) {
  Samples x = noise(100, 0.5f);
  x[7] = {std::numeric_limits<float>::quiet_NaN(), 0};
  std::ofstream(file("a.cf32"), std::ios::binary).write(reinterpret_cast<const char*>(x.data()), 100 * 8 - 3);
  double truncated = 0, invalid = 0;
  const Samples y = read("a.cf32", &truncated, &invalid);
  ASSERT_EQ(y.size(), 99u);
  EXPECT_EQ(y[7], Sample{});
  EXPECT_EQ(y[98], x[98]);
  EXPECT_EQ(truncated, 5);
  EXPECT_EQ(invalid, 1);
}

TEST_F(IqFiles, ThatCannotBeReadSayWhy) {
  const auto error = [&](const std::string& path, const char* rate) {
    NodeHarness reader("iq.file_read");
    EXPECT_TRUE(reader.set("path", path));
    EXPECT_TRUE(reader.set("rate", rate));
    const Status status = reader.start();
    return status ? std::string() : status.error().text();
  };
  EXPECT_THAT(error(file("none.cf32"), "1 MHz"), testing::HasSubstr("No such file"));
  EXPECT_THAT(error(file("none.wav"), "1 MHz"), testing::HasSubstr("ending"));
  EXPECT_THAT(error(file("none.cf32"), "0"), testing::HasSubstr("rate"));
  EXPECT_THAT(error(file("none.sigmf"), "0"), testing::HasSubstr("no such file"));
  for (const char* meta : {"", "[]", "{}", R"({"global":{}})", R"({"global":{"core:datatype":"rf64"},"captures":[]})",
                           R"({"global":{"core:datatype":"cu8","core:sample_rate":"x"},"captures":[]})",
                           R"({"global":{"core:datatype":"cu8","core:num_channels":2},"captures":[]})",
                           R"({"global":{"core:datatype":"cu8","core:metadata_only":true},"captures":[]})",
                           R"({"global":{"core:datatype":"cu8","core:trailing_bytes":7},"captures":[]})",
                           R"({"global":{"core:datatype":"cu8","core:dataset":"../x"},"captures":[]})",
                           R"({"global":{"core:datatype":"cu8"},"captures":[{"core:header_bytes":44}]})"}) {
    std::ofstream(file("bad.sigmf-meta")) << meta;
    EXPECT_THAT(error(file("bad.sigmf"), "0"), testing::HasSubstr("bad.sigmf-meta: SigMF")) << meta;
  }
  std::ofstream(file("packed.sigmf")) << "an archive";
  EXPECT_THAT(error(file("packed.sigmf"), "0"), testing::HasSubstr("tar -xf"));
}

}  // namespace
}  // namespace sluice::sdr
