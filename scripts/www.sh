#!/usr/bin/env bash
# Builds the simulator in www/dist (half a minute), unless nothing of it has changed. Needs wasm/dist.
set -euo pipefail
shopt -s extglob
cd "$(dirname "$0")/.."
. scripts/lib.sh

stamp=target/www.stamp
[ -e wasm/dist/slim.js ] || fail "wasm/dist is missing, which the simulator is built with; run: make build"

# hash_of PATH…: of the files that are there, with their names.
hash_of() { find "$@" -type f -print0 | sort --zero-terminated | xargs --null sha256sum | sha256sum; }

# What it is made of: its sources, the npm package, and the versions of others.
sources=$(hash_of www/!(node_modules|dist|tests|README.md|size.json) wasm/dist wasm/package.json package-lock.json scripts/www.sh)
# And what it was made into: somebody else may have built it since.
if [ "$(cat $stamp 2>/dev/null)" = "$sources $(hash_of www/dist 2>/dev/null)" ]; then exit 0; fi

timed "building the simulator" npm run --silent --workspace zen-edge-www build
mkdir -p target
echo "$sources $(hash_of www/dist)" > $stamp
