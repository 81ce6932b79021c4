// Files, one after another, with progress and speed.
#pragma once

#include <string>
#include <vector>

#include "apps/common/run.h"
#include "apps/sluice-transcribe/sources.h"

namespace sluice::transcribe {

struct FilesOptions {
  TranscribeOptions transcribe;
  std::vector<std::string> files;
  std::string folder;  // of what is written; empty: TranscribeOptions::output
  bool quiet = false, json = false;
};

// An exit status. Several files on one output are lines of NAME<TAB>TEXT; other formats need a folder.
int transcribe_files(const FilesOptions& options, apps::StopSignals& signals);

}  // namespace sluice::transcribe
