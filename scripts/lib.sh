# Shared by the scripts here; source it from the repository's root.

say() { printf '\033[1m%s\033[0m\n' "zen-edge: $*" >&2; }
fail() { printf 'zen-edge: error: %s\n' "$*" >&2; exit 1; }

# Tools live outside the clone, so that a second clone finds them.
tools_dir=${ZEN_EDGE_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/zen-edge/tools}

# timed WHAT COMMAND…: says what is being done before, and how long it took after if it took long. It ends
# as the command does.
timed() {
  local what=$1 start=$SECONDS status; shift
  say "$what"
  # Not followed by `||`, because a function would then go on after what fails in it.
  "$@"
  status=$?
  local took=$((SECONDS - start))
  if [ "$took" -ge 5 ]; then say "$what: ${took} s"; fi
  return $status
}

# at_least WANTED FOUND: whether version FOUND is WANTED or newer.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort --version-sort | head -1)" = "$1" ]; }

# The version that Cargo.toml pins a dependency to.
pinned() { sed -n "s/^$1 = .*\"=\([0-9.]*\)\".*/\1/p" Cargo.toml; }

# wasm_cargo COMMAND PROFILE [OPTION…]: for all modules in one go, because cargo unites features by what is
# built together, and with another selection would compile the engine again.
wasm_cargo() {
  local command=$1 profile=$2; shift 2
  cargo "$command" --quiet --package zen-edge-wasm --package zen-edge-wasm-releases --package zen-edge-wasm-workspace \
    --package zen-edge-wasm-tests --package zen-edge-worker --package zen-edge-replicator \
    --profile "$profile" --target wasm32-unknown-unknown "$@"
}

# compile_wasm PROFILE: all modules.
compile_wasm() {
  timed "compiling wasm (profile $1; minutes when the engine is new)" wasm_cargo build "$1"
}
