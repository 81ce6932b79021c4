// Any bytes as a recording: refused, or replayable up to where they are damaged, and nothing else. Each input is tried
// as it is, and once more with the sums of its chunks put right, to get behind them.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "engine/run/replay.h"

namespace {

using namespace sluice;

void replay(const std::string& bytes) {
  const int file = ::memfd_create("recording", MFD_CLOEXEC);
  if (file < 0 || ::write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) return;
  if (const auto recording = Recording::open("/proc/self/fd/" + std::to_string(file))) {
    std::vector<std::byte> payload;
    for (std::size_t source = 0; source < (*recording)->sources().size(); ++source)
      for (std::size_t n = 0; n < (*recording)->blocks(source); ++n) {
        recording::BlockStamp stamp;
        payload.resize((*recording)->payload_bytes(source, n));
        if (!(*recording)->stamp(source, n, stamp) || !(*recording)->payload(source, n, payload)) __builtin_trap();
      }
    load_replay(*recording, Registry::global(), {});
  }
  ::close(file);
}

std::string with_sums(std::string bytes) {
  for (std::size_t at = 12; at + recording::kChunkHead + recording::kChunkTail <= bytes.size();) {
    std::uint32_t size = 0;
    std::memcpy(&size, bytes.data() + at + 4, sizeof size);
    const std::size_t end = at + recording::kChunkHead + size;
    if (end + recording::kChunkTail > bytes.size()) break;
    recording::Crc crc;
    crc.process_bytes(bytes.data() + at, end - at);
    const std::uint32_t sum = crc.checksum();
    std::memcpy(bytes.data() + end, &sum, sizeof sum);
    at = end + recording::kChunkTail;
  }
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  replay(bytes);
  replay(with_sums(bytes));
  return 0;
}
