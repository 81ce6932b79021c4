# Shared by the commands in tools/: one line per step with the time it took, and the build itself.
# Everything here goes to stderr, so that a program's own stdout stays clean.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$root/build
launcher=()  # put before every build command
export CCACHE_DIR=$build/ccache CCACHE_BASEDIR=$root CCACHE_MAXSIZE=2G

say() { printf '%s\n' "$*" >&2; }

fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

duration() {  # seconds -> "2 min 05 s"
  if (($1 < 60)); then printf '%d s' "$1"; else printf '%d min %02d s' $(($1 / 60)) $(($1 % 60)); fi
}

# step TEXT COMMAND...: says TEXT, runs COMMAND quietly, says how long it took; on failure shows the end of its output.
step() {
  local text=$1 log start=$SECONDS
  shift
  log=$(mktemp)
  printf '%s ... ' "$text" >&2
  if "$@" >"$log" 2>&1; then
    printf '%s\n' "$(duration $((SECONDS - start)))" >&2
    rm -f "$log"
  else
    printf 'failed\n' >&2
    tail -n 60 "$log" >&2
    rm -f "$log"
    return 1
  fi
}

# configure FOLDER OPTIONS...: a CMake build tree in FOLDER; a tree of another checkout (a copied folder) is made anew.
configure() {
  local folder=$1 generator=()
  shift
  if [[ -f $folder/CMakeCache.txt ]] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$folder/CMakeCache.txt"; then
    rm -rf "$folder/CMakeCache.txt" "$folder/CMakeFiles"
  fi
  if [[ ! -f $folder/CMakeCache.txt ]] && command -v ninja >/dev/null; then generator=(-G Ninja); fi
  step "Configuring ${folder#"$root"/}" cmake -S "$root" -B "$folder" "${generator[@]}" "$@" </dev/null
}

# compile FOLDER TARGETS...: builds with a line of progress now and then; what the compiler says passes through.
# Silent when everything is up to date.
compile() {
  local folder=$1
  shift
  NINJA_STATUS='[%f/%t] ' "${launcher[@]}" cmake --build "$folder" --target "$@" 2>&1 </dev/null | compile_progress "${folder#"$root"/}: $*" >&2
}

compile_progress() {
  local text=$1 start=$SECONDS line tenth=-1
  while IFS= read -r line; do
    if [[ $line == *'] Re-'* ]]; then
      continue  # ninja looks for new files and runs CMake again by itself
    elif [[ $line =~ ^\[([0-9]+)/([0-9]+)\]\  ]]; then
      ((tenth >= 0)) || printf 'Building %s\n' "$text"
      if ((BASH_REMATCH[2] > 0 && 10 * BASH_REMATCH[1] / BASH_REMATCH[2] > tenth)); then
        tenth=$((10 * BASH_REMATCH[1] / BASH_REMATCH[2]))
        printf '  %d of %d, %s\n' "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" "$(duration $((SECONDS - start)))"
      fi
    elif [[ $line != 'ninja: '* && $line != '-- '* || $line == *error* ]]; then
      printf '%s\n' "$line"
    fi
  done
}
