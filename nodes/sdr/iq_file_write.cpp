// Complex samples to a file, a pipe or a SigMF recording (kernels/iq_samples.h, sigmf.h).
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

#include "engine/node/node.h"
#include "nodes/sdr/iq_path.h"

namespace sluice::sdr {
namespace {

class IqFileWrite final : public Node {
 public:
  In<Sample> in{*this, "in", "complex samples, full scale +-1"};
  Param<std::string> path{
      *this,
      "path",
      {.doc = "the file, emptied first; ends in .sigmf for a recording; - is standard output", .required = true}};
  Param<std::string> format{*this,
                            "format",
                            {.default_value = "auto",
                             .choices = {"auto", "cf32", "cs16", "cu8"},
                             .doc = "of the samples; auto: by the name's ending, cf32 in SigMF"}};
  Param<double> frequency{
      *this,
      "frequency",
      {.unit = "Hz", .default_value = 0, .min = 0, .max = 1e12, .doc = "that 0 Hz stands for, for SigMF"}};
  Counter clipped{*this, "clipped", "values beyond full scale, written as full scale"};
  Counter invalid{*this, "invalid", "values that are no numbers, written as 0", Counter::Tells::fault};

  Traits traits() const override { return {.realtime = false}; }

  // A pipe or a device may have several writers.
  std::string exclusive() const override {
    std::error_code failed;
    const auto file = std::filesystem::weakly_canonical(file_, failed);
    const bool other_kind = std::filesystem::exists(file, failed) && !std::filesystem::is_regular_file(file, failed);
    return file_ == "-" ? "standard output" : other_kind ? "" : "the file " + file.string();
  }

  Status configure() override {
    if (path.value().empty()) return Error{"path", "needs the name of a file, or '-' for standard output"};
    const bool sigmf = is_sigmf(path.value());
    const auto chosen = sigmf && format.is("auto") ? IqFormat::cf32 : iq_format_of(path, format);
    if (!chosen) return chosen.error();
    format_ = *chosen;
    file_ = sigmf ? sigmf_base(path.value()) + ".sigmf-data" : path.value();
    return {};
  }

  Status prepare() override {
    std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is an error of write(), not the end of the process
    fd_ = file_ == "-" ? STDOUT_FILENO : ::open(file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd_ < 0) return Error{"path", fmt::format("{}: {}", file_, std::strerror(errno))};
    bytes_.resize(static_cast<std::size_t>(in.spec().block_frames) * sample_bytes(format_));
    if (!is_sigmf(path.value())) return {};
    std::ofstream meta(sigmf_base(path.value()) + ".sigmf-meta", std::ios::binary);
    meta << write_sigmf({.format = format_, .rate_hz = in.format().rate_hz, .frequency_hz = frequency});
    if (!meta.flush()) return Error{"path", sigmf_base(path.value()) + ".sigmf-meta: cannot be written"};
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef block = in.next()) {
      const auto samples = std::as_const(*block).iq();
      const std::span bytes = std::span(bytes_).first(samples.size() * sample_bytes(format_));
      const IqFaults faults = pack_iq(format_, samples, bytes);
      clipped.add(static_cast<double>(faults.clipped));
      invalid.add(static_cast<double>(faults.invalid));
      if (!write(bytes)) return;
    }
  }

  void stop() override {
    if (fd_ > STDERR_FILENO && ::close(fd_) != 0) fail(file_ + ": " + std::strerror(errno));
    fd_ = -1;
  }

 private:
  // All of it; a reader that takes nothing is waited for until the run is given up.
  bool write(std::span<const std::byte> bytes) noexcept {
    constexpr int kPatienceMs = 20;
    while (!bytes.empty()) {
      pollfd room{.fd = fd_, .events = POLLOUT, .revents = 0};
      if (::poll(&room, 1, kPatienceMs) <= 0) {
        if (!host().given_up()) continue;
        fail("its reader takes nothing");
        return false;
      }
      const ssize_t count = ::write(fd_, bytes.data(), std::min<std::size_t>(bytes.size(), 4096));  // PIPE_BUF
      if (count < 0 && errno != EINTR && errno != EAGAIN) {
        fail(file_ + ": " + (errno == EPIPE ? "nobody reads it any more" : std::strerror(errno)));
        return false;
      }
      bytes = bytes.subspan(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
    return true;
  }

  std::string file_;
  IqFormat format_ = IqFormat::cf32;
  int fd_ = -1;
  std::vector<std::byte> bytes_;
};

}  // namespace

REGISTER_NODE(IqFileWrite, "iq.file_write", "complex samples to a file or pipe: cf32, cs16, cu8, SigMF")

}  // namespace sluice::sdr
