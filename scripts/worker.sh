#!/usr/bin/env bash
# Builds worker/dist, which is what is deployed: index.js, zen_edge_worker.wasm, baked-in.zip.
#
#   worker.sh        the Worker as it ships
#   worker.sh dev    bigger and slower, for the edit-and-test loop
#
# ZEN_EDGE_BAKED_IN=file.zip  a release that the Worker has from the start, in place of none
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

profile=wasm
[ "${1:-}" = dev ] && profile=wasm-dev
module=target/wasm32-unknown-unknown/$profile/zen_edge_worker.wasm
generated=target/worker

# The same selection of packages as in wasm.sh: with another one cargo unites features otherwise, and
# compiles the engine again.
timed "compiling the Worker (profile $profile; minutes when the engine is new)" \
  cargo build --quiet --package zen-edge-wasm --package zen-edge-wasm-tests --package zen-edge-worker \
    --profile "$profile" --target wasm32-unknown-unknown

stamp=$(sha256sum "$module" scripts/worker.sh scripts/optimise.sh | cut -d' ' -f1 | tr -d '\n')
if [ "$(cat $generated/stamp 2>/dev/null)" != "$stamp" ]; then
  rm -rf $generated
  "$tools_dir/bin/wasm-bindgen" --target web --no-typescript --omit-default-module-path \
    --out-dir $generated --out-name zen_edge_worker "$module"
  [ $profile = wasm ] && timed "optimising the Worker (about 2 minutes)" bash scripts/optimise.sh $generated/zen_edge_worker_bg.wasm
  echo "$stamp" > $generated/stamp
fi

mkdir -p worker/dist
node scripts/worker.mjs $generated worker/dist
cp $generated/zen_edge_worker_bg.wasm worker/dist/zen_edge_worker.wasm
cp "${ZEN_EDGE_BAKED_IN:-/dev/null}" worker/dist/baked-in.zip
