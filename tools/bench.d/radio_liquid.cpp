// liquid-dsp without an engine around it, for radio.py: the calls of framelink.cc, and the receiver and transmitter of
// fm.cc.
//   radio_liquid link|fm_rx FILE.cf32
//   radio_liquid fm_tx FILE.wav
// PEER_FM is the path of fm.cc.
#define main main_of_fm
#include PEER_FM
#undef main

#include <sndfile.h>

static const size_t kLinkBlock = 1024, kFmBlock = 6000, kSoundBlock = 480;

template <typename Use>
static void for_each_block(const char* path, size_t block, Use use) {
  FILE* file = fopen(path, "rb");
  setvbuf(file, nullptr, _IONBF, 0);
  vc samples(block);
  for (size_t count; (count = fread(samples.data(), sizeof(cf), block, file)) > 0;) use(samples.data(), count);
  fclose(file);
}

static int count_packet(unsigned char*, int head_valid, unsigned char*, unsigned size, int valid, framesyncstats_s,
                        void* made) {
  if (head_valid && valid) *static_cast<size_t*>(made) += size;
  return 0;
}

// As framelink.cc does it: M = 64, CP = 16, taper 4, soft decisions.
static size_t receive_link(const char* path) {
  size_t made = 0;
  std::vector<unsigned char> carriers(64);
  ofdmframe_init_default_sctype(64, carriers.data());
  ofdmflexframesync sync = ofdmflexframesync_create(64, 16, 4, carriers.data(), count_packet, &made);
  ofdmflexframesync_decode_header_soft(sync, 1);
  ofdmflexframesync_decode_payload_soft(sync, 1);
  for_each_block(path, kLinkBlock,
                 [&](cf* samples, size_t count) { ofdmflexframesync_execute(sync, L(samples), count); });
  ofdmflexframesync_destroy(sync);
  return made;
}

static size_t receive_fm(const char* path) {
  Rx receiver(1.2e6);
  size_t made = 0;
  for_each_block(path, kFmBlock, [&](cf* samples, size_t count) {
    receiver.run(samples, count);
    made += receiver.oL.size();
    receiver.oL.clear();
    receiver.oR.clear();
  });
  return made;
}

static size_t send_fm(const char* path) {
  SF_INFO info{};
  SNDFILE* file = sf_open(path, SFM_READ, &info);
  if (!file || info.channels != 2) return 0;
  Tx sender(1.2e6);
  vf sound(2 * kSoundBlock), left(kSoundBlock), right(kSoundBlock);
  vc air;
  size_t made = 0;
  for (sf_count_t count; (count = sf_readf_float(file, sound.data(), kSoundBlock)) > 0;) {
    for (sf_count_t n = 0; n < count; ++n) left[n] = sound[2 * n], right[n] = sound[2 * n + 1];
    sender.run(left.data(), right.data(), count, air);
    made += air.size();
  }
  sf_close(file);
  return made;
}

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const std::string what = arguments[1];
  const size_t made = what == "link"    ? receive_link(arguments[2])
                      : what == "fm_rx" ? receive_fm(arguments[2])
                                        : send_fm(arguments[2]);
  printf("%zu\n", made);
  return made == 0;
}
