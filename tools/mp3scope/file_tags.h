// What the tags of a file say: ID3v2, ID3v1, APE. id3.org's ID3v2.3 and 2.4 documents; APEv2 as in Monkey's Audio.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tools/mp3scope/walk/walk.h"

namespace sluice::mp3scope {

struct FileTag {
  std::string kind;  // "ID3v2.4", "ID3v1.1", "APE", "Lyrics3"
  std::size_t offset = 0, size = 0;
  std::vector<std::pair<std::string, std::string>> fields;  // frame or item, in UTF-8; pictures by type and size
  std::string fault;                                        // what is wrong with it; empty: nothing
};
using FileTags = std::vector<FileTag>;

FileTags read_tags(Bytes file, const FileReport& report);

}  // namespace sluice::mp3scope
