// Stands in for libFuzzer where the compiler has none: runs a fuzz target over its seeds, over every prefix of them,
// and over a fixed, seeded number of mutations, so that a run is the same on every machine.
//   NAME_fuzz SEED_FOLDER...
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <span>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;

constexpr std::size_t kMutationsPerSeed = 2000;
constexpr std::size_t kPrefixesPerSeed = 500;

// The empty input, and every file of the folders in the order of their names.
std::vector<Input> read_seeds(std::span<char*> folders) {
  std::vector<std::filesystem::path> paths;
  for (const char* folder : folders) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.is_regular_file()) paths.push_back(entry.path());
    }
  }
  std::ranges::sort(paths);
  std::vector<Input> seeds{Input{}};
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return seeds;
}

void run(const Input& input) {
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

// One to four edits: a byte changed, inserted or removed, or a piece of the input repeated.
Input mutate(Input input, std::mt19937& random) {
  const auto below = [&random](std::size_t bound) { return static_cast<std::ptrdiff_t>(random() % bound); };
  for (std::ptrdiff_t edits = 1 + below(4); edits > 0; --edits) {
    const auto at = input.begin() + below(input.size() + 1);
    const auto byte = static_cast<std::uint8_t>(below(256));
    const auto rest = static_cast<std::size_t>(input.end() - at);
    switch (below(4)) {
      case 0:
        if (rest > 0) *at = byte;
        break;
      case 1:
        input.insert(at, byte);
        break;
      case 2:
        if (rest > 0) input.erase(at, at + 1 + below(rest));
        break;
      default: {
        const Input piece(at, at + static_cast<std::ptrdiff_t>(rest > 64 ? 64 : rest));
        input.insert(input.begin() + below(input.size() + 1), piece.begin(), piece.end());
      }
    }
  }
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<Input> seeds = read_seeds(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
  std::mt19937 random(1);
  std::size_t runs = 0;
  for (const Input& seed : seeds) {
    const std::size_t stride = seed.size() / kPrefixesPerSeed + 1;
    for (std::size_t length = 0; length <= seed.size(); length += stride, ++runs) {
      run(Input(seed.begin(), seed.begin() + static_cast<std::ptrdiff_t>(length)));
    }
    for (std::size_t n = 0; n < kMutationsPerSeed; ++n, ++runs) run(mutate(seed, random));
  }
  std::printf("%zu inputs from %zu seeds\n", runs, seeds.size());
  return 0;
}
