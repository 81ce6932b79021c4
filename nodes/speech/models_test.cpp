#include "nodes/speech/models.h"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace sluice::speech {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// $SLUICE_MODELS with two libraries in it: this program, which is an ELF file but nothing to load, and half of it.
class Models : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_ / "lib");
    for (const char* const name : {"whole.so", "half.so"})
      std::filesystem::copy_file("/proc/self/exe", folder_ / "lib" / name);
    std::filesystem::resize_file(folder_ / "lib/half.so", 8192);
    if (const char* const named = std::getenv("SLUICE_MODELS")) before_ = named;
    ::setenv("SLUICE_MODELS", folder_.c_str(), 1);
  }
  void TearDown() override {
    if (before_.empty())
      ::unsetenv("SLUICE_MODELS");
    else
      ::setenv("SLUICE_MODELS", before_.c_str(), 1);
    std::filesystem::remove_all(folder_);
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("models_test_" + std::to_string(::getpid()));
  std::string before_;
};

TEST_F(Models, ALibraryThatIsCutOffIsToldBeforeTheLinkerMapsIt) {
  const auto library = load_library("lib/half.so", "The runtime", RTLD_NOW);
  ASSERT_FALSE(library);
  EXPECT_EQ(library.error().where, "model");
  EXPECT_THAT(library.error().message,
              AllOf(HasSubstr("The runtime cannot be loaded: "), HasSubstr("lib/half.so is cut off; remove it"),
                    HasSubstr("`tools/setup models`")));
}

TEST_F(Models, ALibraryThatNeedsOneThatIsCutOffIsNotMappedEither) {
  const auto library = load_library("lib/whole.so", "The runtime", RTLD_NOW, {"half.so"});
  ASSERT_FALSE(library);
  EXPECT_THAT(library.error().message, HasSubstr("lib/half.so is cut off"));
}

TEST_F(Models, WhatTheLinkerSaysOfALibraryIsPassedOn) {
  const auto library = load_library("lib/whole.so", "The runtime", RTLD_NOW, {"other.so"});
  ASSERT_FALSE(library);
  EXPECT_THAT(library.error().message,
              AllOf(HasSubstr("The runtime cannot be loaded: "), HasSubstr("whole.so"), Not(HasSubstr("cut off"))));
}

TEST_F(Models, ALibraryThatIsMissingIsToldWithItsRemedy) {
  const auto library = load_library("lib/none.so", "The runtime", RTLD_NOW);
  ASSERT_FALSE(library);
  EXPECT_THAT(library.error().message,
              AllOf(HasSubstr("there is no 'lib/none.so'"), HasSubstr("`tools/setup models`")));
}

}  // namespace
}  // namespace sluice::speech
