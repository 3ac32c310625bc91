#!/usr/bin/env bash
# Builds the static assets that the Worker is deployed with: the simulator, if [assets] is switched on in
# worker/wrangler.toml, and nothing otherwise.
set -euo pipefail
cd "$(dirname "$0")/.."

grep --quiet '^\[assets\]' worker/wrangler.toml || exit 0
bash scripts/wasm.sh
bash scripts/www.sh
