#include "engine/node/plugin_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace sluice {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Quiet final : public SampleNode {
 public:
  using SampleNode::process;
  void process(std::size_t) REALTIME override {}
};

class Throwing final : public Node {
 public:
  Throwing() { throw std::runtime_error("no licence"); }
  Status configure() override { return {}; }
};

constexpr NodeRecord kQuiet{"test.quiet", "does nothing", &make_node<Quiet>};
constexpr NodeRecord kOther{"test.other", "does nothing either", &make_node<Quiet>};
constexpr NodeRecord kThrowing{"test.throwing", "cannot be made", &make_node<Throwing>};
constexpr NodeRecord kNameless{"", "has no type", &make_node<Quiet>};

// A plug-in made of some records, as SLUICE_PLUGIN would make it.
struct Made {
  std::vector<const NodeRecord*> records;
  SluicePlugin plugin;
  explicit Made(std::vector<const NodeRecord*> of)
      : records(std::move(of)),
        plugin{.abi = kPluginAbi,
               .bytes = sizeof(SluicePlugin),
               .engine = kEngineVersion,
               .toolchain = kToolchain,
               .layout = node_layout(),
               .name = "test",
               .first = records.data(),
               .last = records.data() + records.size()} {}
};

std::string refusal(const SluicePlugin& plugin) {
  const Status status = check_plugin(plugin, "x.so");
  return status ? "" : status.error().text();
}

TEST(CheckPlugin, TakesOneOfItsOwnKind) {
  EXPECT_EQ(refusal(Made({&kQuiet}).plugin), "");
}

TEST(CheckPlugin, NamesWhatDiffersAndWhatToDo) {
  Made made({&kQuiet});
  made.plugin.abi = 7;
  EXPECT_THAT(refusal(made.plugin), AllOf(HasSubstr("x.so: is a plug-in of ABI 7"), HasSubstr("build it again")));
  made = Made({&kQuiet});
  made.plugin.bytes = 8;
  EXPECT_THAT(refusal(made.plugin), HasSubstr("ABI"));
  made = Made({&kQuiet});
  made.plugin.engine = "0.0.9";
  EXPECT_THAT(refusal(made.plugin), AllOf(HasSubstr("for sluice 0.0.9"), HasSubstr(kEngineVersion)));
  made = Made({&kQuiet});
  made.plugin.toolchain = "g++ 4, libstdc++ 4";
  EXPECT_THAT(refusal(made.plugin), AllOf(HasSubstr("built with g++ 4"), HasSubstr(kToolchain)));
  made = Made({&kQuiet});
  made.plugin.layout ^= 1;
  EXPECT_THAT(refusal(made.plugin), HasSubstr("other headers"));
}

TEST(RegisterPlugin, AddsAllItsNodesAndSaysWhereTheyCameFrom) {
  Registry registry;
  ASSERT_TRUE(register_plugin(Made({&kQuiet, &kOther}).plugin, "/tmp/x.so", registry));
  EXPECT_THAT(registry.types(), ElementsAre("test.other", "test.quiet"));
  EXPECT_EQ(registry.describe("test.quiet").plugin, "/tmp/x.so");
  EXPECT_NE(registry.make("test.other"), nullptr);
}

// What `records` are refused for; the registry must be as it was.
std::string half_registered(std::vector<const NodeRecord*> records) {
  Registry registry;
  registry.add("test.other", "built in", [] { return std::make_unique<Quiet>(); });
  const Status status = register_plugin(Made(std::move(records)).plugin, "x.so", registry);
  EXPECT_THAT(registry.types(), ElementsAre("test.other"));
  EXPECT_FALSE(status);
  return status ? "" : status.error().text();
}

TEST(RegisterPlugin, AddsNothingWhenATypeIsTaken) {
  EXPECT_THAT(half_registered({&kQuiet, &kOther}), HasSubstr("'test.other' already (built in): rename"));
  EXPECT_THAT(half_registered({&kQuiet, &kQuiet}), HasSubstr("'test.quiet' already (of "));
}

TEST(RegisterPlugin, AddsNothingWhenANodeThrows) {
  EXPECT_THAT(half_registered({&kQuiet, &kThrowing}), HasSubstr("'test.throwing' cannot be made: no licence"));
}

TEST(RegisterPlugin, AddsNothingWhenThereIsNothingOrSomethingUnnamed) {
  EXPECT_THAT(half_registered({}), HasSubstr("registers no node"));
  EXPECT_THAT(half_registered({&kQuiet, &kNameless}), HasSubstr("without a type"));
  EXPECT_THAT(half_registered({&kQuiet, nullptr}), HasSubstr("without a type"));
}

std::string load_failure(const std::string& file) {
  Registry registry;
  const Status status = load_plugin(file, registry);
  EXPECT_THAT(registry.types(), IsEmpty());
  return status ? "" : status.error().text();
}

TEST(LoadPlugin, SaysThatAFileIsMissingOrNoLibrary) {
  EXPECT_THAT(load_failure("/nowhere/x.so"), HasSubstr("/nowhere/x.so: there is no such plug-in"));
  EXPECT_THAT(load_failure("/tmp"), HasSubstr("is not a file"));
  const std::string text = std::filesystem::temp_directory_path() / ("no_library_" + std::to_string(::getpid()));
  std::ofstream(text) << "this is text, and long enough for a header of an ELF file, which it is not at all\n";
  EXPECT_THAT(load_failure(text), HasSubstr("is not a shared library"));
  std::filesystem::resize_file(text, 3);
  EXPECT_THAT(load_failure(text), HasSubstr("is not a shared library"));
  std::filesystem::remove(text);
}

TEST(LoadPlugin, SaysThatALibraryIsForAnotherMachine) {
  const auto foreign = std::filesystem::temp_directory_path() / ("foreign_library_" + std::to_string(::getpid()));
  std::filesystem::copy_file("/proc/self/exe", foreign);
  std::fstream(foreign, std::ios::binary | std::ios::in | std::ios::out).seekp(18).put('\x02');  // e_machine: SPARC
  EXPECT_THAT(load_failure(foreign), HasSubstr("is a library for another kind of machine"));
  std::filesystem::remove(foreign);
}

TEST(LoadPlugin, SaysThatALibraryIsCutOff) {
  const auto half = std::filesystem::temp_directory_path() / ("half_a_library_" + std::to_string(::getpid()));
  std::filesystem::copy_file("/proc/self/exe", half);
  for (const std::uintmax_t size : {8192, 100}) {
    std::filesystem::resize_file(half, size);
    EXPECT_THAT(load_failure(half), HasSubstr("is cut off: copy or link it again")) << size;
  }
  std::filesystem::remove(half);
}

}  // namespace
}  // namespace sluice
