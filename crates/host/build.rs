//! Links wasi-libc's archive, which QuickJS needs on wasm32-unknown-unknown.
//!
//! A build script rather than RUSTFLAGS: changing those rebuilds every crate.

use std::path::Path;

/// Where distributions install wasi-libc; `WASI_LIBC_LIB` comes first.
const CANDIDATES: [&str; 3] = [
    "/usr/lib/wasm32-wasi",
    "/usr/share/wasi-sysroot/lib/wasm32-wasi",
    "/opt/wasi-sdk/share/wasi-sysroot/lib/wasm32-wasi",
];

fn main() {
    println!("cargo:rerun-if-env-changed=WASI_LIBC_LIB");
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("TARGET").as_deref() != Ok("wasm32-unknown-unknown") {
        return;
    }
    let from_env = std::env::var("WASI_LIBC_LIB").ok();
    let folder = from_env
        .as_deref()
        .into_iter()
        .chain(CANDIDATES)
        .find(|folder| Path::new(folder).join("libc.a").exists());
    match folder {
        Some(folder) => {
            println!("cargo:rustc-link-search=native={folder}");
            println!("cargo:rustc-link-lib=static:-bundle=c");
        }
        None => println!(
            "cargo:warning=wasi-libc's libc.a was not found; install the package wasi-libc or set WASI_LIBC_LIB"
        ),
    }
}
