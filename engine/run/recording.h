// A recording, opened for replay (recording_format.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/result.h"
#include "engine/run/recording_format.h"

namespace sluice {

// The whole file is checked when it is opened; blocks are read from it as they are asked for. Memory: some 16 bytes for
// each block. After open() const, and any thread may read.
class Recording {
 public:
  // The error says that the file is none, or damaged before its first block.
  static Result<std::shared_ptr<const Recording>> open(const std::string& path);
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  const std::string& path() const { return path_; }
  const std::string& graph() const { return graph_; }  // flat YAML
  Time start() const { return start_; }
  const std::vector<recording::Source>& sources() const { return sources_; }
  std::size_t blocks(std::size_t source) const { return blocks_[source].size(); }
  std::size_t all_blocks() const;
  // What is wrong with the rest of the file, in one sentence; empty when it is whole.
  const std::string& damage() const { return damage_; }
  // What became of the graph while it was recorded, in order: since then its output did not depend on the sources
  // alone.
  struct Change {
    Duration after{};  // the start
    std::string what;
  };
  const std::vector<Change>& changes() const { return changes_; }
  std::uint64_t lost() const { return lost_; }  // blocks that the recorder could not keep

  // The n-th block of a source. False when the file has changed meanwhile.
  bool stamp(std::size_t source, std::size_t n, recording::BlockStamp& stamp) const;
  std::size_t payload_bytes(std::size_t source, std::size_t n) const { return blocks_[source][n].payload; }
  bool payload(std::size_t source, std::size_t n, std::span<std::byte> to) const;

 private:
  struct Entry {
    std::uint64_t stamp = 0;    // byte of the file
    std::uint32_t payload = 0;  // bytes
  };
  struct Chunk;

  Recording(std::string path, int file, std::uint64_t size) : path_(std::move(path)), file_(file), size_(size) {}
  Status read_head();
  void read_blocks();
  bool next(Chunk& chunk) const;
  std::string add(const Chunk& chunk);
  std::string add_block(const Chunk& chunk);
  std::string add_change(const Chunk& chunk);
  bool read(std::uint64_t at, std::span<std::byte> to) const;
  std::vector<std::byte> body(const Chunk& chunk) const;

  std::string path_;
  int file_;
  std::uint64_t size_;
  std::uint64_t first_block_ = 0;  // byte
  std::string graph_;
  Time start_{};
  std::vector<recording::Source> sources_;
  std::vector<std::vector<Entry>> blocks_;  // per source
  bool ended_ = false;
  std::uint64_t lost_ = 0;
  std::vector<Change> changes_;
  std::string damage_;
};

}  // namespace sluice
