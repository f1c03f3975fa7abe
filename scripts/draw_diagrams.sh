#!/usr/bin/env bash
# After this script every docs/images/*.dot has its picture beside it, as SVG and as PNG.
# The SVG carries the checksum of its source, so that a test sees a picture that is older than its source.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ "$#" -gt 0 ]; then
  echo "usage: scripts/draw_diagrams.sh"
  [ "$1" = --help ] && exit 0 || exit 1
fi

for source in docs/images/*.dot; do
  svg="${source%.dot}.svg"
  dot -Tsvg "$source" -o "$svg"
  dot -Tpng -Gdpi=144 "$source" -o "${source%.dot}.png"
  sed -i "1a <!-- source sha256 $(sha256sum "$source" | cut -d' ' -f1) -->" "$svg"
  echo "drawn: $svg and ${source%.dot}.png"
done
