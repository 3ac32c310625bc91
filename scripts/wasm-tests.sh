#!/usr/bin/env bash
# Builds the module of tests/wasm for Node, into target/wasm-tests.
#
#   wasm-tests.sh          quickly
#   wasm-tests.sh wasm     as the npm package is built, for the benchmark
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

profile=${1:-dev}
timed "compiling the wasm test module (about a minute the first time)" \
  cargo build --quiet --package zen-edge-wasm-tests --profile "$profile" --target wasm32-unknown-unknown
"$tools_dir/bin/wasm-bindgen" --target nodejs --out-dir target/wasm-tests \
  "target/wasm32-unknown-unknown/${profile/#dev/debug}/zen_edge_wasm_tests.wasm"
echo '{ "type": "commonjs" }' > target/wasm-tests/package.json
