#!/usr/bin/env bash
# Runs the TUF conformance tests against the `zen-edge tuf` command.
#
#   tests/tuf/conformance.sh [pytest options]
#
# The tests beside this script drive the client by the conformance suite's command-line protocol,
# against repositories that python-tuf makes. If TUF_CONFORMANCE names a checkout of the official
# suite (theupdateframework/tuf-conformance, which is not on PyPI), that suite runs as well, with no
# expected failures.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
venv=$("$here/venv.sh")

cd "$root"
if [ -z "${ZEN_EDGE:-}" ]; then
  cargo build --quiet --workspace
  ZEN_EDGE=${CARGO_TARGET_DIR:-$root/target}/debug/zen-edge
fi
export ZEN_EDGE
"$venv/bin/pytest" -q -p no:cacheprovider "$here/conformance" "$@"

if [ -n "${TUF_CONFORMANCE:-}" ]; then
  (cd "$TUF_CONFORMANCE" && "$venv/bin/pytest" -q -p no:cacheprovider tuf_conformance --entrypoint "$ZEN_EDGE tuf")
fi
