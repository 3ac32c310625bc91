#!/usr/bin/env bash
# Installs whatever the build lacks; run again it does nothing and takes a second or two.
#
#   setup.sh           for building and testing
#   setup.sh --lint    and for `make lint`
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
. scripts/versions.env

command -v cargo >/dev/null || fail "cargo is missing; install Rust from https://rustup.rs"
command -v node >/dev/null || fail "node is missing; install Node.js $MINIMUM_NODE or later from https://nodejs.org"
command -v npm >/dev/null || fail "npm is missing; it comes with Node.js"
rust=$(rustc --version | cut -d' ' -f2)
at_least "$MINIMUM_RUST" "$rust" || fail "Rust $rust is too old; $MINIMUM_RUST or later is needed: rustup update"
node=$(node --version | tr -d v)
at_least "$MINIMUM_NODE" "$node" || fail "Node.js $node is too old; $MINIMUM_NODE or later is needed"

# The C side of the wasm build: QuickJS is C, and its bindings are generated through libclang.
missing=()
command -v cc >/dev/null || missing+=(build-essential)
command -v clang >/dev/null || missing+=(clang)
command -v llvm-ar >/dev/null || missing+=(llvm)
command -v patch >/dev/null || missing+=(patch)
compgen -G '/usr/lib/*/libclang*.so*' >/dev/null || compgen -G '/usr/lib/llvm-*/lib/libclang*.so*' >/dev/null ||
  [ -n "${LIBCLANG_PATH:-}" ] || missing+=(libclang-dev)
[ -e /usr/include/wasm32-wasi/stdlib.h ] || [ -n "${CFLAGS_wasm32_unknown_unknown:-}" ] || missing+=(wasi-libc)
# The TUF conformance tests run against python-tuf, and the S3 server of the tests is on PyPI.
python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
python3 -m pip --version >/dev/null 2>&1 || missing+=(python3-pip)
# What happens when metadata expires is tested with a clock that is ahead.
command -v faketime >/dev/null || missing+=(faketime)
# The npm package and the simulator are tested in a browser.
command -v chromium >/dev/null || [ -n "${CHROMIUM:-}" ] || missing+=(chromium)
if [ "${#missing[@]}" -gt 0 ]; then
  if command -v apt-get >/dev/null; then
    as_root=
    [ "$(id -u)" -eq 0 ] || as_root=sudo
    install_packages() {
      $as_root apt-get update -qq
      DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    }
    timed "installing ${missing[*]} (about half a minute)" install_packages
  else
    fail "these are missing: ${missing[*]} (names of Debian's packages). Install your system's own; if wasi-libc is not in /usr/include/wasm32-wasi and /usr/lib/wasm32-wasi, set CFLAGS_wasm32_unknown_unknown and BINDGEN_EXTRA_CLANG_ARGS_wasm32_unknown_unknown as .cargo/config.toml does, and WASI_LIBC_LIB to the folder of libc.a"
  fi
fi

# The wasm target of Rust's standard library.
has_wasm_target() {
  compgen -G "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib/libstd-*.rlib" >/dev/null
}
if ! has_wasm_target; then
  command -v rustup >/dev/null ||
    fail "this Rust has no standard library for wasm32-unknown-unknown; install it by your system's packages, or use Rust from https://rustup.rs"
  timed "adding Rust's target wasm32-unknown-unknown" rustup --quiet target add wasm32-unknown-unknown
fi

# install_tool CRATE VERSION MINUTES [OPTION…]
install_tool() {
  local crate=$1 version=$2 minutes=$3
  local stamp="$tools_dir/$crate-$version"
  shift 3
  [ -e "$stamp" ] && return
  timed "installing $crate $version into $tools_dir (about $minutes minutes)" \
    cargo install --quiet --root "$tools_dir" --version "$version" "$@" "$crate"
  touch "$stamp"
}
install_tool wasm-bindgen-cli "$(pinned wasm-bindgen)" 3
# Fast enough without optimisation, which would take most of the time to install it.
[ "${1:-}" = --lint ] && install_tool cargo-deny "$CARGO_DENY_VERSION" 2 --debug

if [ "$(cat node_modules/.zen-edge-stamp 2>/dev/null)" != "$(sha256sum package-lock.json)" ]; then
  # Not `npm ci`: it insists on the lock entries of packages for other systems, which registries that
  # mirror only some of them do not give. Versions come from the lock file all the same.
  timed "installing npm packages" npm install --no-save --no-audit --no-fund --loglevel=error
  sha256sum package-lock.json > node_modules/.zen-edge-stamp
fi

bash scripts/engine.sh
