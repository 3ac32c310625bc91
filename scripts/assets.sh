#!/usr/bin/env bash
# Builds the static assets that the Worker is deployed with: the simulator, if [assets] is switched on in
# worker/wrangler.toml, and nothing otherwise.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

grep --quiet '^\[assets\]' worker/wrangler.toml || exit 0
bash scripts/wasm.sh
timed "building the simulator" npm run --silent --workspace zen-edge-www build
