#!/usr/bin/env bash
# Builds the npm package's dist folder (wasm module, bindings, TypeScript), and beside it the module of
# tests/wasm in target/wasm-tests.
#
#   wasm.sh        the modules as the package ships (about 8 minutes from nothing)
#   wasm.sh dev    bigger, slower ones for the edit-and-test loop
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

profile=wasm
[ "${1:-}" = dev ] && profile=wasm-dev
module=target/wasm32-unknown-unknown/$profile/zen_edge_wasm.wasm
generated=wasm/js/wasm

compile_wasm "$profile"
"$tools_dir/bin/wasm-bindgen" --target nodejs --out-dir target/wasm-tests \
  "target/wasm32-unknown-unknown/$profile/zen_edge_wasm_tests.wasm"
echo '{ "type": "commonjs" }' > target/wasm-tests/package.json

stamp=$(sha256sum "$module" scripts/wasm.sh scripts/optimise.sh | cut -d' ' -f1 | tr -d '\n')
if [ "$(cat $generated/stamp 2>/dev/null)" != "$stamp" ]; then
  rm -rf $generated
  # Without a default path in the glue, which bundlers would follow for those who bring the module.
  "$tools_dir/bin/wasm-bindgen" --target web --omit-default-module-path --out-dir $generated --out-name zen_edge "$module"
  if [ $profile = wasm ]; then
    timed "optimising wasm (about 2 minutes)" bash scripts/optimise.sh $generated/zen_edge_bg.wasm
  fi
  echo "$stamp" > $generated/stamp
fi

rm -rf wasm/dist
node_modules/.bin/tsc --project wasm
mkdir -p wasm/dist/wasm
cp $generated/*.js $generated/*.wasm $generated/*.d.ts wasm/dist/wasm/
cp wasm/js/wasm-file.d.ts wasm/dist/
node scripts/commonjs.mjs
