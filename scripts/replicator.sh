#!/usr/bin/env bash
# Builds worker/replicator/dist, which is what is deployed: index.js and zen_edge_replicator.wasm.
#
#   replicator.sh        the replicator as it ships
#   replicator.sh dev    bigger and slower, for the edit-and-test loop
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

profile=wasm
[ "${1:-}" = dev ] && profile=wasm-dev
module=target/wasm32-unknown-unknown/$profile/zen_edge_replicator.wasm
generated=target/replicator
dist=worker/replicator/dist

compile_wasm "$profile"

stamp=$(sha256sum "$module" scripts/replicator.sh scripts/optimise.sh worker/replicator/js/* | cut -d' ' -f1 | tr -d '\n')
[ "$(cat $generated/stamp 2>/dev/null)" = "$stamp" ] && exit 0

rm -rf "$generated" $dist
mkdir -p $dist
# The function that replaces an instance which has died is what the flag is for.
"$tools_dir/bin/wasm-bindgen" --target web --no-typescript --omit-default-module-path \
  --experimental-reset-state-function --out-dir "$generated" --out-name bindings "$module"
[ $profile = wasm ] && timed "optimising the replicator" bash scripts/optimise.sh "$generated/bindings_bg.wasm"
cp "$generated/bindings_bg.wasm" $dist/zen_edge_replicator.wasm
cp worker/replicator/js/index.js "$generated/index.js"
node_modules/.bin/esbuild "$generated/index.js" --bundle --format=esm --target=es2024 \
  --external:./zen_edge_replicator.wasm --legal-comments=none --log-level=warning \
  --log-override:duplicate-object-key=silent --outfile=$dist/index.js
echo "$stamp" > $generated/stamp
