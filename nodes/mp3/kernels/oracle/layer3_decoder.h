// A Layer III decoder as the standard writes it down, in double precision and without any haste: the oracle of the
// tests. ISO/IEC 11172-3 2.4.1 to 2.4.3; ISO/IEC 13818-3 2.4. Shares only the generated tables with the encoder. No
// intensity stereo, no mixed blocks, no free format: the encoder never writes them.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <stdexcept>
#include <vector>

#include "nodes/mp3/kernels/tables.h"

namespace sluice::mp3::oracle {

inline void require(bool condition, const char* message) {
  if (!condition) throw std::runtime_error(message);
}

class BitReader {
 public:
  explicit BitReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  int get(int count) {
    int value = 0;
    for (; count > 0; --count, ++at_) {
      require(at_ / 8 < bytes_.size(), "read past the end");
      value = 2 * value + (bytes_[at_ / 8] >> (7 - at_ % 8) & 1);
    }
    return value;
  }
  std::size_t at() const { return at_; }
  void skip_to(std::size_t bit) { at_ = bit; }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

struct Header {
  bool lsf, crc, padding;
  int bitrate_kbps, rate_row, mode, mode_extension;
  int channels() const { return mode == 3 ? 1 : 2; }
  int granules() const { return lsf ? 1 : 2; }
  int side_bytes() const { return lsf ? (channels() == 1 ? 9 : 17) : (channels() == 1 ? 17 : 32); }
  int frame_bytes() const { return (lsf ? 72 : 144) * bitrate_kbps * 1000 / kRateHz[rate_row] + (padding ? 1 : 0); }
};

inline Header read_header(std::span<const std::uint8_t> bytes) {
  BitReader in(bytes);
  Header h{};
  require(in.get(11) == 0x7ff, "no sync word");
  const int version = in.get(2);
  require(version != 1, "version");
  h.lsf = version != 3;
  require(in.get(2) == 1, "not layer III");
  h.crc = in.get(1) == 0;
  h.bitrate_kbps = kBitrateKbps[h.lsf ? 1 : 0][in.get(4)];
  h.rate_row = in.get(2) + (version == 3 ? 0 : version == 2 ? 3 : 6);
  h.padding = in.get(1) == 1;
  in.get(1);
  h.mode = in.get(2);
  h.mode_extension = in.get(2);
  return h;
}

struct Granule {
  int part2_3_length, big_values, global_gain, scalefac_compress;
  bool switched;
  int block_type;
  std::array<int, 3> table_select, subblock_gain;
  int region0_count, region1_count;
  bool preflag, scalefac_scale;
  int count1table_select;
  std::array<int, 39> scalefac;
  std::array<int, 576> is;
};

class Decoder {
 public:
  // Decodes a whole stream; [channel][sample], full scale +-1.
  std::vector<std::vector<double>> decode(std::span<const std::uint8_t> stream) {
    std::vector<std::vector<double>> pcm;
    while (!stream.empty()) {
      const Header h = read_header(stream);
      const auto size = static_cast<std::size_t>(h.frame_bytes());
      require(size <= stream.size(), "truncated frame");
      pcm.resize(static_cast<std::size_t>(h.channels()));
      decode_frame(h, stream.first(size), pcm);
      stream = stream.subspan(size);
    }
    return pcm;
  }

  // Granules of the stream decoded, by block type.
  std::array<int, 4> block_types{};
  int mid_side_frames = 0;

 private:
  struct Channel {
    std::array<std::array<double, 18>, 32> overlap{};
    std::array<double, 1024> v{};
  };

  void decode_frame(const Header& h, std::span<const std::uint8_t> frame, std::vector<std::vector<double>>& pcm) {
    const std::size_t head = h.crc ? 6 : 4;
    BitReader side(frame.subspan(head, static_cast<std::size_t>(h.side_bytes())));
    const auto begin = static_cast<std::size_t>(side.get(h.lsf ? 8 : 9));
    side.get(h.lsf ? (h.channels() == 1 ? 1 : 2) : (h.channels() == 1 ? 5 : 3));
    std::array<std::array<bool, 4>, 2> scfsi{};
    for (int ch = 0; ch < h.channels() && !h.lsf; ++ch)
      for (bool& flag : scfsi[ch]) flag = side.get(1) == 1;
    std::array<std::array<Granule, 2>, 2> granule{};
    for (int gr = 0; gr < h.granules(); ++gr)
      for (int ch = 0; ch < h.channels(); ++ch) read_side(h, side, granule[gr][ch]);
    const auto slot = frame.subspan(head + static_cast<std::size_t>(h.side_bytes()));
    require(begin <= reservoir_.size(), "main_data_begin reaches too far back");
    std::vector<std::uint8_t> main(reservoir_.end() - static_cast<std::ptrdiff_t>(begin), reservoir_.end());
    main.insert(main.end(), slot.begin(), slot.end());
    reservoir_.insert(reservoir_.end(), slot.begin(), slot.end());
    BitReader data(main);
    for (int gr = 0; gr < h.granules(); ++gr) {
      std::array<std::array<double, 576>, 2> xr{};
      for (int ch = 0; ch < h.channels(); ++ch) {
        Granule& g = granule[gr][ch];
        const std::size_t start = data.at();
        read_scalefactors(h, g, gr == 1 ? &granule[0][ch] : nullptr, scfsi[ch], data);
        read_huffman(h, g, start + static_cast<std::size_t>(g.part2_3_length), data);
        requantise(h, g, xr[ch]);
        ++block_types[static_cast<std::size_t>(g.block_type)];
      }
      if (h.mode == 1 && (h.mode_extension & 2)) unmix(xr);
      for (int ch = 0; ch < h.channels(); ++ch) synthesise(granule[gr][ch].block_type, xr[ch], channel_[ch], pcm[ch]);
    }
    mid_side_frames += h.mode == 1 && (h.mode_extension & 2);
  }

  static void read_side(const Header& h, BitReader& in, Granule& g) {
    g.part2_3_length = in.get(12);
    g.big_values = in.get(9);
    require(g.big_values <= 288, "big_values");
    g.global_gain = in.get(8);
    g.scalefac_compress = in.get(h.lsf ? 9 : 4);
    g.switched = in.get(1) == 1;
    if (g.switched) {
      g.block_type = in.get(2);
      require(g.block_type != 0 && in.get(1) == 0, "window switching");
      for (int r = 0; r < 2; ++r) g.table_select[r] = in.get(5);
      for (int& gain : g.subblock_gain) gain = in.get(3);
    } else {
      for (int& table : g.table_select) table = in.get(5);
      g.region0_count = in.get(4);
      g.region1_count = in.get(3);
    }
    g.preflag = !h.lsf && in.get(1) == 1;
    g.scalefac_scale = in.get(1) == 1;
    g.count1table_select = in.get(1);
  }

  static void read_scalefactors(const Header& h, Granule& g, const Granule* first, const std::array<bool, 4>& scfsi,
                                BitReader& in) {
    const bool short_block = g.block_type == 2;
    if (!h.lsf) {
      static constexpr std::array<int, 5> kGroup = {0, 6, 11, 16, 21};
      const int lower = short_block ? 18 : 11;
      for (int band = 0; band < (short_block ? 36 : 21); ++band) {
        const int group = band < kGroup[1] ? 0 : band < kGroup[2] ? 1 : band < kGroup[3] ? 2 : 3;
        const int bits = band < lower ? kSlen1[g.scalefac_compress] : kSlen2[g.scalefac_compress];
        g.scalefac[band] = first && !short_block && scfsi[group] ? first->scalefac[band] : in.get(bits);
      }
      return;
    }
    const int sfc = g.scalefac_compress;
    std::array<int, 4> slen{};
    int table = 0;
    if (sfc < 400)
      slen = {(sfc >> 4) / 5, (sfc >> 4) % 5, (sfc % 16) >> 2, sfc % 4};
    else if (sfc < 500)
      table = 1, slen = {((sfc - 400) >> 2) / 5, ((sfc - 400) >> 2) % 5, (sfc - 400) % 4, 0};
    else
      table = 2, slen = {(sfc - 500) / 3, (sfc - 500) % 3, 0, 0};
    g.preflag = table == 2;
    int band = 0;
    for (int part = 0; part < 4; ++part)
      for (int i = 0; i < kLsfScalefactors[table].bands[short_block ? 1 : 0][part]; ++i)
        g.scalefac[band++] = in.get(slen[part]);
  }

  static int read_code(const HuffmanTable& table, BitReader& in) {
    int code = 0;
    for (int length = 1; length < 20; ++length) {
      code = 2 * code + in.get(1);
      for (std::size_t i = 0; i < table.code.size(); ++i)
        if (table.length[i] == length && table.code[i] == code) return static_cast<int>(i);
    }
    throw std::runtime_error("no such code");
  }

  static void read_huffman(const Header& h, Granule& g, std::size_t end, BitReader& in) {
    int region1 = 576;
    int region2 = 576;
    if (g.switched) {
      const bool at_8_khz = kRateHz[h.rate_row] == 8000;
      region1 = (h.lsf && g.block_type != 2 ? 54 : 36) * (at_8_khz ? 2 : 1);
    } else {
      region1 = kSfbLong[h.rate_row][g.region0_count + 1];
      region2 = kSfbLong[h.rate_row][g.region0_count + g.region1_count + 2];
    }
    int line = 0;
    const auto signed_value = [&](int value, int linbits) {
      if (value == 15 && linbits > 0) value += in.get(linbits);
      return value != 0 && in.get(1) == 1 ? -value : value;
    };
    for (; line < 2 * g.big_values; line += 2) {
      const HuffmanTable& table = kHuffman[g.table_select[line < region1 ? 0 : line < region2 ? 1 : 2]];
      require(&table != &kHuffman[4] && &table != &kHuffman[14], "reserved table");
      if (table.xlen == 0) continue;
      const int index = read_code(table, in);
      g.is[line] = signed_value(index / table.xlen, table.linbits);
      g.is[line + 1] = signed_value(index % table.xlen, table.linbits);
    }
    for (; in.at() < end; line += 4) {
      require(line <= 572, "more than 576 lines");
      const int index = read_code(kHuffman[32 + g.count1table_select], in);
      for (int i = 0; i < 4; ++i) g.is[line + i] = index >> (3 - i) & 1 ? (in.get(1) == 1 ? -1 : 1) : 0;
    }
    require(in.at() == end, "part2_3_length does not match the data");
  }

  // 2.4.3.4.7 and, for short blocks, the reordering of 2.4.3.4.8: line 18 sb + 3 k + w holds line 6 sb + k of window w.
  static void requantise(const Header& h, const Granule& g, std::array<double, 576>& xr) {
    const double multiplier = g.scalefac_scale ? 1.0 : 0.5;
    const auto value = [](int is) { return (is < 0 ? -1.0 : 1.0) * std::pow(std::abs(is), 4.0 / 3.0); };
    if (g.block_type != 2) {
      for (int band = 0; band < 22; ++band)
        for (int i = kSfbLong[h.rate_row][band]; i < kSfbLong[h.rate_row][band + 1]; ++i)
          xr[i] = value(g.is[i]) * std::exp2((g.global_gain - 210) / 4.0) *
                  std::exp2(-multiplier * (g.scalefac[band] + (g.preflag ? kPretab[band] : 0)));
      return;
    }
    int i = 0;
    for (int band = 0; band < 13; ++band)
      for (int window = 0; window < 3; ++window)
        for (int f = kSfbShort[h.rate_row][band]; f < kSfbShort[h.rate_row][band + 1]; ++f, ++i)
          xr[18 * (f / 6) + 3 * (f % 6) + window] =
              value(g.is[i]) * std::exp2((g.global_gain - 210 - 8 * g.subblock_gain[window]) / 4.0) *
              std::exp2(-multiplier * g.scalefac[3 * band + window]);
  }

  static void unmix(std::array<std::array<double, 576>, 2>& xr) {
    for (int i = 0; i < 576; ++i) {
      const double m = xr[0][i];
      const double s = xr[1][i];
      xr[0][i] = (m + s) / std::numbers::sqrt2;
      xr[1][i] = (m - s) / std::numbers::sqrt2;
    }
  }

  // cos(2 pi n / period) from a table; periods 48, 128 and 144.
  static double cosine(int n, int period) {
    static const std::array<std::vector<double>, 145> tables = [] {
      std::array<std::vector<double>, 145> all;
      for (const int p : {48, 128, 144})
        for (int i = 0; i < p; ++i) all[static_cast<std::size_t>(p)].push_back(std::cos(2 * std::numbers::pi * i / p));
      return all;
    }();
    return tables[static_cast<std::size_t>(period)][static_cast<std::size_t>(n % period)];
  }

  static double window(int type, int i) {
    const double pi = std::numbers::pi;
    if (type == 3) return window(1, 35 - i);
    if (type == 0 || i < 18) return std::sin(pi / 36 * (i + 0.5));
    return i < 24 ? 1.0 : i < 30 ? std::sin(pi / 12 * (i - 18 + 0.5)) : 0.0;
  }

  static std::array<double, 36> imdct(int type, const double* x) {
    const double pi = std::numbers::pi;
    std::array<double, 36> out{};
    if (type != 2) {
      for (int i = 0; i < 36; ++i) {
        for (int k = 0; k < 18; ++k) out[i] += x[k] * cosine((2 * i + 1 + 18) * (2 * k + 1), 144);
        out[i] *= window(type, i);
      }
      return out;
    }
    for (int w = 0; w < 3; ++w)
      for (int i = 0; i < 12; ++i) {
        double sum = 0.0;
        for (int k = 0; k < 6; ++k) sum += x[3 * k + w] * cosine((2 * i + 1 + 6) * (2 * k + 1), 48);
        out[6 + 6 * w + i] += sum * std::sin(pi / 12 * (i + 0.5));
      }
    return out;
  }

  static void synthesise(int type, std::array<double, 576>& xr, Channel& state, std::vector<double>& pcm) {
    for (int sb = 1; sb < 32 && type != 2; ++sb)
      for (int i = 0; i < 8; ++i) {
        const double cs = 1.0 / std::sqrt(1.0 + kAliasC[i] * kAliasC[i]);
        const double ca = kAliasC[i] * cs;
        const double up = xr[18 * sb - 1 - i];
        const double down = xr[18 * sb + i];
        xr[18 * sb - 1 - i] = up * cs - down * ca;
        xr[18 * sb + i] = down * cs + up * ca;
      }
    std::array<std::array<double, 32>, 18> slot{};
    for (int sb = 0; sb < 32; ++sb) {
      const auto y = imdct(type, xr.data() + 18 * sb);
      for (int i = 0; i < 18; ++i) {
        slot[i][sb] = (y[i] + state.overlap[sb][i]) * (sb % 2 == 1 && i % 2 == 1 ? -1.0 : 1.0);
        state.overlap[sb][i] = y[18 + i];
      }
    }
    for (const auto& s : slot) synthesise_slot(s, state, pcm);
  }

  // Figure A.2, the flow chart of the synthesis filterbank.
  static void synthesise_slot(const std::array<double, 32>& s, Channel& state, std::vector<double>& pcm) {
    for (int i = 1023; i >= 64; --i) state.v[i] = state.v[i - 64];
    for (int i = 0; i < 64; ++i) {
      state.v[i] = 0.0;
      for (int k = 0; k < 32; ++k) state.v[i] += cosine((16 + i) * (2 * k + 1), 128) * s[k];
    }
    for (int j = 0; j < 32; ++j) {
      double sum = 0.0;
      for (int i = 0; i < 8; ++i) {
        sum += state.v[128 * i + j] * kWindowD65536[64 * i + j] / 65536.0;
        sum += state.v[128 * i + 96 + j] * kWindowD65536[64 * i + 32 + j] / 65536.0;
      }
      pcm.push_back(sum);
    }
  }

  std::vector<std::uint8_t> reservoir_;
  std::array<Channel, 2> channel_{};
};

}  // namespace sluice::mp3::oracle
