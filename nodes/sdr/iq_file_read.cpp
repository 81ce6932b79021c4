// Complex samples from a file, a pipe or a SigMF recording (kernels/iq_samples.h, sigmf.h). As fast as it is let, or
// `live`, in the time of the pipe that brings them.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "engine/node/node.h"
#include "nodes/sdr/formats.h"
#include "nodes/sdr/iq_path.h"

namespace sluice::sdr {
namespace {

constexpr int kPatienceMs = 20;                     // how long a stop may have to wait for a silent pipe
constexpr std::streamsize kMaxMetaBytes = 1 << 20;  // of a SigMF recording's JSON

class IqFileRead final : public Node {
 public:
  Out<Sample> out{*this, "out", "the file's samples"};
  Param<std::string> path{
      *this, "path", {.doc = "the file, a SigMF recording, or - for standard input", .required = true}};
  Param<std::string> format{*this,
                            "format",
                            {.default_value = "auto",
                             .choices = {"auto", "cf32", "cs16", "cu8"},
                             .doc = "of the samples; auto: by the name's ending, or what the SigMF metadata say"}};
  Param<double> rate{*this,
                     "rate",
                     {.unit = "Hz",
                      .default_value = 0,
                      .min = 0,
                      .max = 1e9,
                      .doc = "of the samples; what SigMF metadata say comes first"}};
  Param<double> block{
      *this, "block", {.unit = "s", .default_value = 0.005, .min = 1e-6, .max = 1, .doc = "length of a block"}};
  Param<bool> live{*this, "live", {.doc = "a pipe that is fed in real time: a block is captured when it arrives"}};
  Counter position{*this, "position_s", "seconds read so far"};
  Counter invalid{*this, "invalid", "samples that are no numbers, read as 0", Counter::Tells::fault};
  Counter truncated{*this, "truncated_bytes", "bytes at the end that are no whole sample", Counter::Tells::fault};

  Traits traits() const override {
    return {.realtime = false, .clock = live ? ClockDomain::device : ClockDomain::none};
  }

  Status configure() override {
    IqPath resolved{.format = IqFormat::cf32, .data = path};
    if (const Status status = resolve(resolved); !status) return status;
    file_ = resolved.data;
    format_ = resolved.format;
    const auto frames = std::max<std::int64_t>(1, std::llround(std::min(block * resolved.rate_hz, kMaxBlock)));
    out.set_spec(iq_format(resolved.rate_hz), frames);
    if (live) set_delay(out.spec().block_period());
    return {};
  }

  Status prepare() override {
    fd_ = file_ == "-" ? STDIN_FILENO : ::open(file_.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0) return Error{"path", fmt::format("{}: {}", file_, std::strerror(errno))};
    struct stat status {};
    regular_ = ::fstat(fd_, &status) == 0 && S_ISREG(status.st_mode);
    if (S_ISDIR(status.st_mode)) return Error{"path", fmt::format("{}: is a folder, not a file", file_)};
    bytes_.resize(static_cast<std::size_t>(out.spec().block_frames) * sample_bytes(format_));
    return {};
  }

  // A whole block, or what a pipe has; a piece of a sample waits for its rest.
  Pull pull() REALTIME override {
    bool ended = false;
    while (filled_ < bytes_.size() && !ended) {
      if (!regular_) {
        pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
        if (::poll(&waiting, 1, kPatienceMs) <= 0) break;
      }
      const ssize_t count = ::read(fd_, bytes_.data() + filled_, bytes_.size() - filled_);
      if (count < 0 && (errno == EINTR || errno == EAGAIN)) break;
      if (count < 0) {
        fail(file_ + ": " + std::strerror(errno));
        return Pull::ended();
      }
      ended = count == 0;
      filled_ += static_cast<std::size_t>(count);
      if (live && filled_ >= sample_bytes(format_)) break;
    }
    if (const std::size_t whole = filled_ / sample_bytes(format_)) emit(whole);
    if (ended) truncated.set(static_cast<double>(filled_));
    return ended ? Pull::ended() : Pull::again();
  }

  void stop() override {
    if (fd_ > STDIN_FILENO) ::close(fd_);
    fd_ = -1;
  }

 private:
  static constexpr double kMaxBlock = 1 << 20;  // samples

  Status resolve(IqPath& resolved) {
    std::string meta;
    if (is_sigmf(path.value())) {
      std::ifstream file(sigmf_base(path.value()) + ".sigmf-meta", std::ios::binary);
      if (!file) return Error{"path", without_metadata()};
      meta.resize(static_cast<std::size_t>(kMaxMetaBytes));
      file.read(meta.data(), kMaxMetaBytes);
      meta.resize(static_cast<std::size_t>(file.gcount()));
    }
    return resolve_iq_path(path, format, rate, meta, resolved);
  }

  std::string without_metadata() const {
    const std::string base = sigmf_base(path.value());
    struct stat status {};
    if (path.value() == base + ".sigmf" && ::stat(path.value().c_str(), &status) == 0)
      return fmt::format("{}: an archive; unpack it with 'tar -xf', then read {}.sigmf-meta", path.value(), base);
    return base + ".sigmf-meta: no such file";
  }

  void emit(std::size_t samples) noexcept {
    const std::size_t used = samples * sample_bytes(format_);
    BlockRef next = out.take(samples);
    invalid.add(static_cast<double>(unpack_iq(format_, std::span(bytes_).first(used), next->iq()).invalid));
    const Duration length = frames_to_duration(static_cast<double>(samples), out.format().rate_hz);
    next->header.capture_time = live ? host().now() - length : host().now();
    next->header.position = position_;
    next->header.flags = kIndependent;
    position_ += static_cast<std::int64_t>(samples);
    position.set(static_cast<double>(position_) / out.format().rate_hz);
    std::copy(bytes_.begin() + static_cast<std::ptrdiff_t>(used), bytes_.begin() + static_cast<std::ptrdiff_t>(filled_),
              bytes_.begin());
    filled_ -= used;
    out.emit(std::move(next));
  }

  std::string file_;
  IqFormat format_ = IqFormat::cf32;
  int fd_ = -1;
  bool regular_ = false;
  std::vector<std::byte> bytes_;
  std::size_t filled_ = 0;
  std::int64_t position_ = 0;
};

}  // namespace

REGISTER_NODE(IqFileRead, "iq.file_read", "complex samples from a file or pipe: cf32, cs16, cu8, SigMF")

}  // namespace sluice::sdr
