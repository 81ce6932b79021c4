// What the author of a plug-in includes: a shared library of nodes, built without this tree. Each node ends with
// REGISTER_NODE as ever, and one file of the library says
//   SLUICE_PLUGIN("room acoustics")
// The library's one entry point is plain C; what it returns is constant data that the loader (plugin_loader.h) compares
// with its own before any C++ of the library runs.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "engine/core/version.h"
#include "engine/node/node.h"

namespace sluice {

// Changes with the meaning of SluicePlugin's fields, and with what a node's inlined code knows of ports and blocks.
inline constexpr std::uint32_t kPluginAbi = 2;

#define SLUICE_TEXT_OF(x) #x
#define SLUICE_TEXT(x) SLUICE_TEXT_OF(x)
// Whose classes may meet: compiler, standard library and what changes its layout.
inline constexpr const char* kToolchain =
#ifdef __clang__
    "clang " SLUICE_TEXT(__clang_major__)
#else
    "g++ " SLUICE_TEXT(__GNUC__)
#endif
#ifdef _LIBCPP_VERSION
        ", libc++ " SLUICE_TEXT(_LIBCPP_VERSION);
#else
        ", libstdc++ " SLUICE_TEXT(_GLIBCXX_RELEASE) ", cxx11 strings " SLUICE_TEXT(_GLIBCXX_USE_CXX11_ABI)
#ifdef _GLIBCXX_DEBUG
            ", debug containers"
#endif
    ;
#endif

// Sizes of all that a node's code touches, as one number (FNV-1a, 64 bit): headers that differ do not meet unseen.
consteval std::uint64_t node_layout() {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const std::size_t size :
       {sizeof(Node), sizeof(SampleNode), sizeof(InPort), sizeof(OutPort), sizeof(Ins<float>), sizeof(Block),
        sizeof(BlockHeader), sizeof(BlockRef), sizeof(BlockPool), sizeof(Param<double>), sizeof(Param<bool>),
        sizeof(Param<std::string>), sizeof(Counter), sizeof(Traits), sizeof(Pull), sizeof(Format), sizeof(StreamSpec),
        sizeof(Status), sizeof(NodeRecord)})
    hash = (hash ^ size) * 0x100000001b3u;
  return hash;
}

}  // namespace sluice

extern "C" {

struct SluicePlugin {
  std::uint32_t abi;      // kPluginAbi; this field keeps its place in every version
  std::uint32_t bytes;    // of this struct
  const char* engine;     // kEngineVersion of the headers that it was built with
  const char* toolchain;  // kToolchain
  std::uint64_t layout;   // node_layout()
  const char* name;
  const sluice::NodeRecord* const* first;  // its nodes
  const sluice::NodeRecord* const* last;   // one behind
};

[[gnu::visibility("default")]] const SluicePlugin* sluice_plugin(void);
}

#define SLUICE_PLUGIN(name)                                                                                       \
  const SluicePlugin* sluice_plugin(void) {                                                                       \
    static constexpr SluicePlugin plugin{::sluice::kPluginAbi, sizeof(SluicePlugin),    ::sluice::kEngineVersion, \
                                         ::sluice::kToolchain, ::sluice::node_layout(), name,                     \
                                         __start_sluice_nodes, __stop_sluice_nodes};                              \
    return &plugin;                                                                                               \
  }
