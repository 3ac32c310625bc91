#!/usr/bin/env bash
# The release half of `make demo`: decisions are packed, published into a bucket (a folder here),
# verified as a client does, and evaluated. It leaves nothing behind.
set -euo pipefail
cd "$(dirname "$0")/.."
rules=$PWD/tests/corpus/pricing
read -r key context < <(node -p '
  const { key, context } = JSON.parse(fs.readFileSync("tests/demo.json", "utf8"));
  `${key.slice("pricing/".length)} ${JSON.stringify(context)}`')
PATH=$(realpath "${CARGO_TARGET_DIR:-target}/debug"):$PATH
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

show() { printf '\n\033[1m$ %s\033[0m\n' "$*"; "$@"; }
show zen-edge keygen production.pem
show zen-edge init -e bucket/production -k production.pem
show zen-edge pack "$rules" -o pricing.zip --project pricing --version 1.4.0
show zen-edge publish pricing.zip -e bucket/production -k production.pem
show zen-edge verify bucket/production
show zen-edge eval bucket/production/targets/*.pricing "$key" "$context"
