#include "engine/core/shared_library.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace sluice {
namespace {

class SharedLibrary : public testing::Test {
 protected:
  // This program: an ELF file with segments, as a library is.
  void SetUp() override { std::filesystem::copy_file("/proc/self/exe", path_); }
  void TearDown() override { std::filesystem::remove(path_); }

  const std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("shared_library_test_" + std::to_string(::getpid()));
};

TEST_F(SharedLibrary, ThatIsWholeIsNotCutOff) {
  EXPECT_FALSE(is_cut_off(path_));
}

TEST_F(SharedLibrary, ThatEndsEarlyIsCutOff) {
  for (const std::uintmax_t size : {100'000, 8192, 100}) {
    std::filesystem::resize_file(path_, size);
    EXPECT_TRUE(is_cut_off(path_)) << size;
  }
}

TEST_F(SharedLibrary, ThatIsNoneIsLeftToTheLinker) {
  std::ofstream(path_, std::ios::trunc) << "this is text, and long enough for a header of an ELF file, which it is not";
  EXPECT_FALSE(is_cut_off(path_));
  std::filesystem::resize_file(path_, 0);
  EXPECT_FALSE(is_cut_off(path_));
  EXPECT_FALSE(is_cut_off("/nonexistent"));
}

}  // namespace
}  // namespace sluice
