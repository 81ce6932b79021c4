// A plug-in of a later ABI, of which this sluice may rely on the first field alone; whoever calls on is stopped.
#include <cstdint>
#include <cstdlib>

extern "C" {
struct LaterPlugin {
  std::uint32_t abi;
  void (*all_else)();
};

const void* sluice_plugin(void) {
  static const LaterPlugin plugin{99, [] { std::abort(); }};
  return &plugin;
}
}
