#!/usr/bin/env bash
# Licences, sources and bans always; advisories when their database can be had.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

deny() { "$tools_dir/bin/cargo-deny" --log-level error "$@"; }

timed "licences and sources" deny check licenses bans sources
# The database is a git repository on the network; without it an old copy is better than none.
if deny fetch db >/dev/null 2>&1; then
  timed "advisories" deny check advisories
elif deny --offline check --disable-fetch advisories 2>/dev/null; then
  say "advisories: no network, checked against the last copy of the database"
else
  say "advisories: not checked, their database cannot be fetched here and there is no copy of it"
fi
