#!/usr/bin/env bash
# Builds the npm package's dist folder (wasm modules, bindings, TypeScript), and beside it the module of
# tests/wasm in target/wasm-tests.
#
#   wasm.sh        the modules as the package ships (about 8 minutes from nothing)
#   wasm.sh dev    bigger, slower ones for the edit-and-test loop
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

profile=wasm
[ "${1:-}" = dev ] && profile=wasm-dev
generated=wasm/js/wasm

compile_wasm "$profile"
"$tools_dir/bin/wasm-bindgen" --target nodejs --out-dir target/wasm-tests \
  "target/wasm32-unknown-unknown/$profile/zen_edge_wasm_tests.wasm"
echo '{ "type": "commonjs" }' > target/wasm-tests/package.json

# bind NAME CRATE: the module of a crate and its bindings, as NAME.js and NAME_bg.wasm.
bind() {
  local name=$1 module=target/wasm32-unknown-unknown/$profile/$2.wasm stamp
  stamp=$(sha256sum "$module" scripts/wasm.sh scripts/optimise.sh | cut -d' ' -f1 | tr -d '\n')
  if [ "$(cat "$generated/$name.stamp" 2>/dev/null)" = "$stamp" ]; then return; fi
  rm -f "$generated/$name".* "$generated/${name}_bg".*
  # Without a default path in the glue, which bundlers would follow for those who bring the module.
  "$tools_dir/bin/wasm-bindgen" --target web --omit-default-module-path --out-dir $generated --out-name "$name" "$module"
  if [ $profile = wasm ]; then
    timed "optimising $name.wasm (minutes if it is large)" bash scripts/optimise.sh "$generated/${name}_bg.wasm"
  fi
  echo "$stamp" > "$generated/$name.stamp"
}
bind zen_edge zen_edge_wasm
bind zen_edge_releases zen_edge_wasm_releases
bind zen_edge_workspace zen_edge_wasm_workspace

rm -rf wasm/dist
node_modules/.bin/tsc --project wasm
mkdir -p wasm/dist/wasm
cp $generated/*.js $generated/*.wasm $generated/*.d.ts wasm/dist/wasm/
cp wasm/js/wasm-file.d.ts wasm/dist/
node scripts/commonjs.mjs
