#!/usr/bin/env bash
# Makes .engine/: the engine's crates as cargo downloads them, with patches/ applied.
# Why the engine is patched at all: ARCHITECTURE.md, "The patched engine".
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(sed -n 's/^zen-engine = .*"=\([0-9.]*\)".*/\1/p' Cargo.toml)
stamp=$( (echo "$version"; cat patches/*.patch scripts/engine.sh) | sha256sum | cut -d' ' -f1)
[ "$(cat .engine/stamp 2>/dev/null)" = "$stamp" ] && exit 0

echo "engine: fetching zen-engine $version and applying patches/ (seconds)"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# A throw-away crate outside the workspace: cargo downloads and checks the sources itself.
mkdir "$work/src" && : > "$work/src/lib.rs"
printf '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2024"\n[dependencies]\nzen-engine = "=%s"\n' \
  "$version" > "$work/Cargo.toml"
(cd "$work" && cargo fetch --quiet)
sources=$(cd "$work" && cargo metadata --quiet --format-version 1 |
  grep -o '"manifest_path":"[^"]*"' | cut -d'"' -f4)

rm -rf .engine && mkdir .engine
for patch in patches/*.patch; do
  crate=$(basename "$patch" .patch)
  manifest=$(grep "/$crate-$version/Cargo.toml\$" <<< "$sources")
  cp -r "$(dirname "$manifest")" ".engine/$crate"
  patch --quiet --strip=2 --directory=".engine/$crate" < "$patch"
done
echo "$stamp" > .engine/stamp
