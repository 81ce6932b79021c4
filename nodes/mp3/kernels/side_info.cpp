#include "nodes/mp3/kernels/side_info.h"

#include "nodes/mp3/kernels/bit_reader.h"

namespace sluice::mp3 {
namespace {

template <typename Field>
void read(BitReader& in, int bits, Field& field) {
  field = static_cast<Field>(in.get(bits));
}

void read_windows(BitReader& in, GranuleSide& g) {
  read(in, 1, g.window_switching);
  if (g.window_switching) {
    read(in, 2, g.block_type);
    read(in, 1, g.mixed_block);
    for (int region = 0; region < 2; ++region) read(in, 5, g.table_select[region]);
    for (std::uint8_t& gain : g.subblock_gain) read(in, 3, gain);
    return;
  }
  for (std::uint8_t& table : g.table_select) read(in, 5, table);
  read(in, 4, g.region0_count);
  read(in, 3, g.region1_count);
}

void read_granule(bool lsf, BitReader& in, GranuleSide& g) {
  read(in, 12, g.part2_3_length);
  read(in, 9, g.big_values);
  read(in, 8, g.global_gain);
  read(in, lsf ? 9 : 4, g.scalefac_compress);
  read_windows(in, g);
  if (!lsf) read(in, 1, g.preflag);
  read(in, 1, g.scalefac_scale);
  read(in, 1, g.count1table_select);
}

}  // namespace

SideInfo SideInfo::parse(const FrameHeader& header, std::span<const std::uint8_t> bytes) {
  const bool lsf = header.lsf();
  const bool mono = header.channels() == 1;
  BitReader in(bytes);
  SideInfo side;
  read(in, lsf ? 8 : 9, side.main_data_begin);
  read(in, lsf ? (mono ? 1 : 2) : (mono ? 5 : 3), side.private_bits);
  for (int ch = 0; ch < header.channels() && !lsf; ++ch)
    for (int group = 0; group < 4; ++group)
      side.scfsi[ch] = static_cast<std::uint8_t>(side.scfsi[ch] | in.get(1) << group);
  for (int gr = 0; gr < header.granules(); ++gr)
    for (int ch = 0; ch < header.channels(); ++ch) read_granule(lsf, in, side.granule[gr][ch]);
  return side;
}

int SideInfo::main_data_bits() const {
  int bits = 0;
  for (const auto& channels : granule)
    for (const GranuleSide& g : channels) bits += g.part2_3_length;
  return bits;
}

}  // namespace sluice::mp3
