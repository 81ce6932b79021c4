#include "apps/sluice-mp3/jobs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace sluice::apps {
namespace {

namespace fs = std::filesystem;

class FindJobs : public testing::Test {
 protected:
  FindJobs() : folder_(fs::path(testing::TempDir()) / ("jobs_" + std::to_string(::getpid()))) {
    fs::create_directories(folder_ / "album" / "cd2");
    for (const char* name : {"a.wav", "album/1.flac", "album/cd2/2.OGG", "album/notes.txt", "album/old.mp3"})
      std::ofstream(folder_ / name) << "x";
  }
  ~FindJobs() override { fs::remove_all(folder_); }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  fs::path folder_;
};

TEST_F(FindJobs, OneFileGoesBesideItselfOrWhereItIsSent) {
  EXPECT_EQ(find_jobs({path("a.wav")}, "")->front().out, path("a.mp3"));
  EXPECT_EQ(find_jobs({path("a.wav"), path("b.mp3")}, "")->front().out, path("b.mp3"));
  EXPECT_EQ(find_jobs({"-"}, "")->front().out, "-");
  EXPECT_EQ(find_jobs({path("a.wav"), "-"}, "")->front().out, "-");
}

TEST_F(FindJobs, AFolderGivesItsSoundFilesInOrder) {
  const auto jobs = find_jobs({path("album")}, path("out"));
  ASSERT_TRUE(jobs);
  ASSERT_EQ(jobs->size(), 2u);
  EXPECT_EQ((*jobs)[0].in, path("album/1.flac"));
  EXPECT_EQ((*jobs)[0].out, path("out/1.mp3"));
  EXPECT_EQ((*jobs)[1].out, path("out/cd2/2.mp3"));
  EXPECT_TRUE(fs::is_directory(path("out/cd2")));
}

TEST_F(FindJobs, NothingIsOverwrittenThatIsRead) {
  std::ofstream(path("s.mp3")) << "x";
  EXPECT_FALSE(find_jobs({path("s.mp3")}, ""));
  EXPECT_FALSE(find_jobs({path("a.wav"), path("album/1.flac")}, "")) << "the second would be the output";
  EXPECT_TRUE(find_jobs({path("s.mp3"), path("t.mp3")}, ""));
}

TEST_F(FindJobs, TwoInputsDoNotBecomeOneOutput) {
  std::ofstream(path("album/a.flac")) << "x";
  const auto jobs = find_jobs({path("a.wav"), path("album/a.flac")}, path("out"));
  ASSERT_FALSE(jobs);
  EXPECT_THAT(jobs.error().message, testing::HasSubstr("two inputs"));
}

TEST_F(FindJobs, WhatCannotBeIsSaid) {
  fs::create_directories(path("empty"));
  EXPECT_FALSE(find_jobs({path("empty")}, ""));
  EXPECT_FALSE(find_jobs({"-", path("a.wav"), path("b.wav")}, ""));
}

}  // namespace
}  // namespace sluice::apps
