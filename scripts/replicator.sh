#!/usr/bin/env bash
# Builds worker/replicator/dist, which is what is deployed: index.js and zen_edge_replicator.wasm.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

target=${CARGO_TARGET_DIR:-target}
module=$target/wasm32-unknown-unknown/replicator/zen_edge_replicator.wasm
generated=$target/replicator-bindings
dist=worker/replicator/dist

timed "compiling the replicator (a minute or two the first time)" \
  cargo build --quiet --package zen-edge-replicator --profile replicator --target wasm32-unknown-unknown

stamp=$(sha256sum "$module" scripts/replicator.sh worker/replicator/js/* | cut -d' ' -f1 | tr -d '\n')
[ "$(cat $dist/stamp 2>/dev/null)" = "$stamp" ] && exit 0

rm -rf "$generated" $dist
mkdir -p $dist
# The function that replaces an instance which has died is what the flag is for.
"$tools_dir/bin/wasm-bindgen" --target web --no-typescript --omit-default-module-path \
  --experimental-reset-state-function --out-dir "$generated" --out-name bindings "$module"
# Features by name: `--all-features` writes an encoding that not every engine reads.
timed "optimising the replicator" node_modules/.bin/wasm-opt -Os --strip-debug --strip-producers \
  --strip-target-features --enable-bulk-memory --enable-bulk-memory-opt --enable-mutable-globals \
  --enable-sign-ext --enable-nontrapping-float-to-int --enable-reference-types --enable-multivalue \
  "$generated/bindings_bg.wasm" --output $dist/zen_edge_replicator.wasm
cp worker/replicator/js/index.js "$generated/index.js"
node_modules/.bin/esbuild "$generated/index.js" --bundle --format=esm --target=es2024 \
  --external:./zen_edge_replicator.wasm --legal-comments=none --log-level=warning \
  --log-override:duplicate-object-key=silent --outfile=$dist/index.js
echo "$stamp" > $dist/stamp
