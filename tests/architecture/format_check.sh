#!/usr/bin/env bash
# Every C++ source is as clang-format 14 with the tree's .clang-format writes it. Another version formats differently: skip.
# Generated tables keep the layout of their generator (clang-format off in the file).
set -euo pipefail
cd "$1"
formatter=$(command -v clang-format-14 || true)
if [[ -z $formatter ]]; then
  echo "skipped: clang-format-14 is not installed (tools/setup test)"
  exit 77
fi
find engine nodes apps tests tools \( -name '*.cpp' -o -name '*.h' \) -print0 |
  xargs -0 --no-run-if-empty "$formatter" --style=file --dry-run -Werror
echo "every source is formatted"
