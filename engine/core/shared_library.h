// Shared libraries as files, before the dynamic linker maps them.
#pragma once

#include <string>

namespace sluice {

// True when the file ends before what its ELF header says will be mapped: the dynamic linker does not look, and whoever
// touches a page beyond the end is killed (SIGBUS). False for a whole library, for what is no ELF file of this
// machine's word size, and for no file at all: those the linker refuses by itself. Thread-safe; reads the file's
// headers only.
bool is_cut_off(const std::string& path);

}  // namespace sluice
