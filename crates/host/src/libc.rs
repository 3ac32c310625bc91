//! The system calls of wasi-libc, answered inside the module.
//!
//! wasi-libc declares them as imports from `wasi_snapshot_preview1`; defining the symbols here
//! resolves them at link time, so that no WASI import is left. Only the clock does anything: no
//! file, environment or process exists.
#![allow(unsafe_code, reason = "C symbols")]

/// The module's allocator: faster than the standard library's, and every evaluation allocates a lot of
/// small values.
// SAFETY: the module has one thread, which is what `TalckWasm` asks for.
#[global_allocator]
static ALLOCATOR: talc::TalckWasm = unsafe { talc::TalckWasm::new_global() };

unsafe extern "C" {
    fn __wasm_call_ctors();
}

/// Runs the constructors of linked C code, once, before anything else is called.
///
/// Naming the symbol also keeps the linker from wrapping every export in a call of constructors and
/// destructors, as it does for a WASI command.
pub fn initialize() {
    // SAFETY: synthesised by wasm-ld; called once per instance, from the start function.
    unsafe { __wasm_call_ctors() }
}

/// `__WASI_ERRNO_BADF`: there are no file descriptors.
const BAD_FILE_DESCRIPTOR: i32 = 8;
const NANOSECONDS_PER_MILLISECOND: f64 = 1e6;

#[unsafe(no_mangle)]
extern "C" fn __imported_wasi_snapshot_preview1_clock_time_get(
    _clock: i32,
    _precision: i64,
    time: *mut u64,
) -> i32 {
    let millis = match crate::clock::pinned() {
        Some(pinned) => pinned as f64,
        None => js_sys::Date::now(),
    };
    // SAFETY: wasi-libc passes the address of a local `uint64_t`.
    unsafe { time.write((millis * NANOSECONDS_PER_MILLISECOND) as u64) };
    0
}

#[unsafe(no_mangle)]
extern "C" fn __imported_wasi_snapshot_preview1_fd_write(
    _fd: i32,
    _vectors: i32,
    _count: i32,
    _written: i32,
) -> i32 {
    BAD_FILE_DESCRIPTOR
}

#[unsafe(no_mangle)]
extern "C" fn __imported_wasi_snapshot_preview1_fd_read(
    _fd: i32,
    _vectors: i32,
    _count: i32,
    _read: i32,
) -> i32 {
    BAD_FILE_DESCRIPTOR
}

#[unsafe(no_mangle)]
extern "C" fn __imported_wasi_snapshot_preview1_fd_seek(
    _fd: i32,
    _offset: i64,
    _whence: i32,
    _position: i32,
) -> i32 {
    BAD_FILE_DESCRIPTOR
}

#[unsafe(no_mangle)]
extern "C" fn __imported_wasi_snapshot_preview1_fd_close(_fd: i32) -> i32 {
    BAD_FILE_DESCRIPTOR
}

#[unsafe(no_mangle)]
extern "C" fn __imported_wasi_snapshot_preview1_fd_fdstat_get(_fd: i32, _stat: i32) -> i32 {
    BAD_FILE_DESCRIPTOR
}

#[unsafe(no_mangle)]
extern "C" fn __imported_wasi_snapshot_preview1_environ_sizes_get(
    count: *mut u32,
    bytes: *mut u32,
) -> i32 {
    // SAFETY: wasi-libc passes the addresses of two local `size_t`.
    unsafe {
        count.write(0);
        bytes.write(0);
    }
    0
}

#[unsafe(no_mangle)]
extern "C" fn __imported_wasi_snapshot_preview1_environ_get(_list: i32, _buffer: i32) -> i32 {
    0
}

#[unsafe(no_mangle)]
extern "C" fn __imported_wasi_snapshot_preview1_proc_exit(_code: i32) -> ! {
    core::arch::wasm32::unreachable()
}
