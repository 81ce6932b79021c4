// What the radio's nodes do, without an engine around them: our classes called in a loop, for radio.py.
//   radio_direct read|ofdm|link|fm_rx FILE.cf32       read: samples only; ofdm: to soft bits; link: to packets
//   radio_direct fm_tx FILE.wav
// Files are read as iq.file_read and file.read do it.
#include <fcntl.h>
#include <sndfile.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "nodes/sdr/fm_demodulator.h"
#include "nodes/sdr/fm_modulator.h"
#include "nodes/sdr/kernels/iq_samples.h"
#include "nodes/sdr/ofdm_demodulator.h"
#include "nodes/sdr/radio_assembler.h"

namespace {

using sluice::sdr::Sample;

constexpr std::size_t kLinkBlock = 2400, kFmBlock = 6000;  // 5 ms at 480 kHz and at 1.2 MHz
constexpr std::size_t kSoundBlock = 480;

void for_each_block(const char* path, std::size_t block, auto&& use) {
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  std::vector<std::byte> bytes(block * sizeof(Sample));
  std::vector<Sample> samples(block);
  for (ssize_t count = 0; (count = ::read(file, bytes.data(), bytes.size())) > 0;) {
    const auto whole = static_cast<std::size_t>(count) / sizeof(Sample);
    const auto got = std::span(samples).first(whole);
    unpack_iq(sluice::sdr::IqFormat::cf32, std::span(bytes).first(whole * sizeof(Sample)), got);
    use(got);
  }
  ::close(file);
}

std::size_t read_only(const char* path) {
  std::size_t made = 0;
  for_each_block(path, kLinkBlock, [&](std::span<const Sample> samples) { made += samples.size(); });
  return made;
}

std::size_t receive_ofdm(const char* path, bool packets) {
  const auto layout = std::make_shared<sluice::sdr::OfdmLayout>(sluice::sdr::OfdmShape{});
  sluice::sdr::OfdmDemodulator demodulator(layout, 0.05, sluice::sdr::kMaxFrameAir, kLinkBlock);
  sluice::sdr::RadioAssembler assembler;
  std::size_t made = 0;
  for_each_block(path, kLinkBlock, [&](std::span<const Sample> samples) {
    demodulator.push(samples);
    while (const auto frame = demodulator.next()) {
      if (!packets) {
        made += frame->soft.size();
        continue;
      }
      assembler.push(frame->soft);
      while (const auto packet = assembler.next()) made += packet->payload.size();
    }
  });
  return made;
}

std::size_t receive_fm(const char* path) {
  sluice::sdr::FmDemodulator demodulator({});
  std::vector<float> left(kFmBlock / demodulator.samples_per_frame() + 1), right(left.size());
  std::size_t made = 0;
  for_each_block(path, kFmBlock,
                 [&](std::span<const Sample> samples) { made += demodulator.run(samples, left, right); });
  return made;
}

std::size_t send_fm(const char* path) {
  SF_INFO info{};
  SNDFILE* file = sf_open(path, SFM_READ, &info);
  if (file == nullptr || info.channels != 2) return 0;
  sluice::sdr::FmModulatorOptions options;
  options.station.set_ps("SLUICE");
  sluice::sdr::FmModulator modulator(options);
  std::vector<float> sound(2 * kSoundBlock), left(kSoundBlock), right(kSoundBlock);
  std::vector<Sample> air(kSoundBlock * modulator.samples_per_frame());
  std::size_t made = 0;
  for (sf_count_t count = 0; (count = sf_readf_float(file, sound.data(), kSoundBlock)) > 0;) {
    const auto frames = static_cast<std::size_t>(count);
    for (std::size_t n = 0; n < frames; ++n) {
      left[n] = sound[2 * n];
      right[n] = sound[2 * n + 1];
    }
    const auto out = std::span(air).first(frames * modulator.samples_per_frame());
    modulator.run(std::span(left).first(frames), std::span(right).first(frames), out);
    made += out.size();
  }
  sf_close(file);
  return made;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const std::string_view what = arguments[1];
  std::size_t made = 0;
  if (what == "read") made = read_only(arguments[2]);
  if (what == "ofdm" || what == "link") made = receive_ofdm(arguments[2], what == "link");
  if (what == "fm_rx") made = receive_fm(arguments[2]);
  if (what == "fm_tx") made = send_fm(arguments[2]);
  std::printf("%zu\n", made);
  return made == 0 ? 1 : 0;
}
