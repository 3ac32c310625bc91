//! Tells the linker to put the functions of `zen_edge_host`'s feature `image` in the place of
//! QuickJS's.

/// `X` becomes `__wrap_X`, and `__real_X` is what `X` was.
const WRAPPED: [&str; 3] = ["JS_NewRuntime2", "JS_NewContext", "JS_FreeRuntime"];

fn main() {
    // Nothing else decides what this says; and the file is there for each package that uses this.
    println!("cargo:rerun-if-changed=Cargo.toml");
    if std::env::var("TARGET").as_deref() == Ok("wasm32-unknown-unknown") {
        for name in WRAPPED {
            println!("cargo:rustc-link-arg-cdylib=--wrap={name}");
        }
    }
}
