#include "engine/core/shared_library.h"

#include <link.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string_view>

namespace sluice {

bool is_cut_off(const std::string& path) {
  std::error_code failed;
  const std::uintmax_t size = std::filesystem::file_size(path, failed);
  std::ifstream file(path, std::ios::binary);
  ElfW(Ehdr) head{};
  if (failed || !file.read(reinterpret_cast<char*>(&head), sizeof head)) return false;
  if (!std::ranges::equal(std::string_view(ELFMAG), std::span(head.e_ident).first<SELFMAG>())) return false;
  ElfW(Phdr) segment{};
  if (head.e_phentsize != sizeof segment) return false;
  file.seekg(static_cast<std::streamoff>(head.e_phoff));
  for (int n = 0; n < head.e_phnum; ++n) {
    if (!file.read(reinterpret_cast<char*>(&segment), sizeof segment)) return true;
    if (segment.p_offset > size || segment.p_filesz > size - segment.p_offset) return true;
  }
  return false;
}

}  // namespace sluice
