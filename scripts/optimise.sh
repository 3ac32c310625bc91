#!/usr/bin/env bash
# Optimises a wasm module in its place.
set -euo pipefail
cd "$(dirname "$0")/.."

# Features by name: `--all-features` writes an encoding that Node 20 refuses.
node_modules/.bin/wasm-opt -O2 --strip-producers --strip-target-features \
  --enable-bulk-memory --enable-bulk-memory-opt --enable-mutable-globals --enable-sign-ext \
  --enable-nontrapping-float-to-int --enable-reference-types --enable-multivalue --enable-simd \
  "$1" --output "$1.optimised"
mv "$1.optimised" "$1"
