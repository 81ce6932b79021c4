#!/usr/bin/env bash
# cmake --install into an empty prefix: the programs start from there, and find the graphs installed beside them from any
# folder. The systemd unit example is one that systemd accepts.
set -euo pipefail
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
cmake --install "$SLUICE_BIN/.." --prefix "$prefix" >/dev/null

cd /
for program in "$prefix"/bin/*; do
  "$program" --version >/dev/null
  "$program" --help >/dev/null
  echo "ok: ${program##*/} --version, --help"
done

for graph in "$prefix"/share/sluice/graphs/*.yaml; do
  echo "sluice check ${graph##*/}"
  "$prefix/bin/sluice" check "$graph" >/dev/null
  echo "ok: sluice check ${graph##*/}"
done
"$prefix/bin/sluice" run -e 'tone -> mp3.encode -> discard' --for 1s >/dev/null
echo "ok: the composite mp3.encode is found from $PWD"

unit=$prefix/share/doc/sluice/examples/sluice-radio.service
if command -v systemd-analyze >/dev/null; then
  systemd-analyze verify "$unit"
  echo "ok: systemd accepts the unit"
fi
