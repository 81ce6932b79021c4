#!/usr/bin/env bash
# Every C++ source is as clang-format 14 with the tree's .clang-format writes it. Another version formats differently: skip.
set -uo pipefail
cd "$1" || exit 1
if ! command -v clang-format-14 >/dev/null; then
  echo "skipped: clang-format-14 is not installed (tools/setup test)"
  exit 77
fi
faults=$(find engine nodes apps tests tools \( -name '*.cpp' -o -name '*.h' \) -print0 |
  xargs -0 clang-format-14 --style=file --dry-run 2>&1 | grep -E '^[^ ]+:[0-9]+:[0-9]+: ')
if [[ -n $faults ]]; then
  echo "Not formatted; write them anew with: clang-format-14 -i FILE"
  cut -d: -f1 <<<"$faults" | sort | uniq -c
  exit 1
fi
echo "every source is formatted"
