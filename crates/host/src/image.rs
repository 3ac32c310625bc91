//! JavaScript runtimes that are copied instead of made.
//!
//! To make a QuickJS runtime with a context takes longer than most functions run, and every
//! evaluation has its own, so that nothing passes from one to the next. Here the first one is made in
//! an [`Arena`], and what the arena then holds is kept; the next begins by putting those bytes back at
//! the same address. Whatever a function did to its runtime is gone with them.
//!
//! The linker puts these functions in the place of QuickJS's (`--wrap`; `build.rs` of the module), so
//! rquickjs and the engine know nothing of it. One runtime at a time lives in the arena; a function
//! that runs while another waits gets one that is made the usual way.
//!
//! More images can be kept, of a runtime that has loaded libraries (`functions::keep`).
//!
//! Two things of a runtime depend on when it was made, and are set anew: the origin of
//! `performance.now()`, and the seed of `Math.random()`, which has its own function here because
//! QuickJS keeps the state out of reach.
#![allow(unsafe_code, reason = "QuickJS's C functions and their memory")]

use crate::arena::{Arena, Copy};
use crate::clock;
use crate::functions::Accounts;
use rquickjs::qjs::{self, JSContext, JSMallocFunctions, JSRuntime, JSValue};
use rquickjs::{Context, Ctx, Value};
use std::cell::{Cell, RefCell};
use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

/// What one runtime may hold in the arena; the rest comes from the module's allocator.
const ARENA_BYTES: usize = 1 << 20;

/// The arena and the runtime that lives in it.
struct Home {
    arena: Arena,
    /// The first is [`NEW`]; none if that could not be made.
    images: Vec<Image>,
    /// The image that the next runtime shall begin with.
    wanted: &'static str,
    /// The image that the present runtime began with.
    name: &'static str,
    /// Null while nobody is in.
    runtime: *mut JSRuntime,
    /// The runtime's context until it is asked for.
    context: *mut JSContext,
    nodes_proxy: Option<JSValue>,
    /// Pays for what the runtime allocates.
    accounts: Accounts,
    /// Blocks that found no room in the arena.
    outside: usize,
    /// The runtime is being freed, and every block of the arena with it.
    closing: bool,
}

/// The image of a new runtime with a context and [`crate::functions::NODES_PROXY`], compiled.
const NEW: &str = "new";

/// What the arena holds when a runtime begins.
struct Image {
    name: &'static str,
    copy: Copy,
    runtime: *mut JSRuntime,
    context: *mut JSContext,
    nodes_proxy: JSValue,
}

thread_local! {
    static HOME: RefCell<Option<Home>> = const { RefCell::new(None) };
    static RANDOM: Cell<u64> = const { Cell::new(1) };
}

unsafe extern "C" {
    fn __real_JS_NewRuntime2(
        functions: *const JSMallocFunctions,
        opaque: *mut c_void,
    ) -> *mut JSRuntime;
    fn __real_JS_NewContext(runtime: *mut JSRuntime) -> *mut JSContext;
    fn __real_JS_FreeRuntime(runtime: *mut JSRuntime);
}

#[unsafe(no_mangle)]
unsafe extern "C" fn __wrap_JS_NewRuntime2(
    functions: *const JSMallocFunctions,
    opaque: *mut c_void,
) -> *mut JSRuntime {
    // SAFETY: the arguments go on as they came, or QuickJS gets our own functions.
    unsafe { move_in().unwrap_or_else(|| __real_JS_NewRuntime2(functions, opaque)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn __wrap_JS_NewContext(runtime: *mut JSRuntime) -> *mut JSContext {
    let context = home(|home| {
        (home.runtime == runtime).then(|| std::mem::replace(&mut home.context, null_mut()))
    });
    match context.flatten() {
        Some(context) if !context.is_null() => context,
        // SAFETY: the argument goes on as it came.
        _ => unsafe { __real_JS_NewContext(runtime) },
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn __wrap_JS_FreeRuntime(runtime: *mut JSRuntime) {
    let ours = home(|home| {
        (home.runtime == runtime).then(|| {
            home.closing = true;
            let context = std::mem::replace(&mut home.context, null_mut());
            (context, home.nodes_proxy.take())
        })
    });
    // SAFETY: the runtime is alive until QuickJS's own function has run; the context was never asked
    // for if it is still ours, and the helper belongs to us alone.
    unsafe {
        if let Some((context, helper)) = ours.flatten() {
            if let Some(helper) = helper {
                qjs::JS_FreeValueRT(runtime, helper);
            }
            if !context.is_null() {
                qjs::JS_FreeContext(context);
            }
        }
        __real_JS_FreeRuntime(runtime);
    }
    home(|home| {
        if home.runtime == runtime {
            home.accounts.release(home.arena.live());
            home.accounts = Accounts::none();
            home.runtime = null_mut();
            home.closing = false;
        }
    });
}

/// The compiled [`crate::functions::NODES_PROXY`] of a context that came from the image.
pub(crate) fn nodes_proxy<'js>(ctx: &Ctx<'js>) -> Option<Value<'js>> {
    let context = ctx.as_raw().as_ptr();
    // SAFETY: the context is alive, as `ctx` is.
    let runtime = unsafe { qjs::JS_GetRuntime(context) };
    let helper = home(|home| home.nodes_proxy.filter(|_| home.runtime == runtime));
    // SAFETY: the value is of this context and lives as long as its runtime.
    helper
        .flatten()
        .map(|helper| unsafe { Value::from_raw(ctx.clone(), qjs::JS_DupValue(context, helper)) })
}

/// Lets the next runtime begin with the image of this name, if there is one.
pub(crate) fn begin_with(name: &'static str) {
    home(|home| home.wanted = name);
}

/// Whether the runtime of a context began with the image of this name.
pub(crate) fn began_with(context: &Context, name: &'static str) -> bool {
    let runtime = context.get_runtime_ptr();
    home(|home| home.runtime == runtime && home.name == name).unwrap_or(false)
}

/// Keeps what the runtime of a context holds now. Nobody but `context` may hold a value of it, and no
/// Rust value may live in it.
pub(crate) fn keep(context: &Context, name: &'static str) {
    let runtime = context.get_runtime_ptr();
    home(|home| {
        let known = home.images.iter().any(|image| image.name == name);
        if home.runtime == runtime
            && home.outside == 0
            && !known
            && let Some(nodes_proxy) = home.nodes_proxy
        {
            home.images.push(Image {
                name,
                copy: home.arena.copy(),
                runtime,
                context: context.as_raw().as_ptr(),
                nodes_proxy,
            });
        }
    });
}

/// Runs `f` on the arena, if there is one; `f` must not call QuickJS.
fn home<T>(f: impl FnOnce(&mut Home) -> T) -> Option<T> {
    HOME.with_borrow_mut(|home| home.as_mut().map(f))
}

/// Puts a new runtime into the arena; none if somebody is in.
unsafe fn move_in() -> Option<*mut JSRuntime> {
    let first = HOME.with_borrow(Option::is_none);
    if first {
        // SAFETY: nobody is in.
        unsafe { make_image()? };
    }
    let (runtime, context) = home(|home| {
        let wanted = std::mem::replace(&mut home.wanted, NEW);
        let mut images = home.images.iter();
        let image = images
            .find(|image| image.name == wanted)
            .or_else(|| home.images.first())?;
        if !home.runtime.is_null() {
            return None;
        }
        home.arena.restore(&image.copy);
        home.name = image.name;
        home.runtime = image.runtime;
        home.context = image.context;
        home.nodes_proxy = Some(image.nodes_proxy);
        home.outside = 0;
        home.accounts = Accounts::current();
        home.accounts.take_over(home.arena.live());
        Some((image.runtime, image.context))
    })??;
    let random = match clock::pinned() {
        Some(millis) => millis.cast_unsigned().wrapping_mul(1000),
        None => RANDOM.get() ^ (js_sys::Date::now() * 1000.0) as u64,
    };
    RANDOM.set(random.max(1));
    // SAFETY: the runtime and its context are whole again, and were made by QuickJS.
    unsafe {
        qjs::JS_UpdateStackTop(runtime);
        qjs::JS_AddPerformance(context);
    }
    Some(runtime)
}

/// Makes the first runtime and keeps what it looks like.
unsafe fn make_image() -> Option<()> {
    let arena = Arena::leak(ARENA_BYTES)?;
    HOME.set(Some(Home {
        arena,
        images: Vec::new(),
        wanted: NEW,
        name: NEW,
        runtime: null_mut(),
        context: null_mut(),
        nodes_proxy: None,
        accounts: Accounts::none(),
        outside: 0,
        closing: false,
    }));
    let functions = JSMallocFunctions {
        js_calloc: Some(calloc),
        js_malloc: Some(malloc),
        js_free: Some(free),
        js_realloc: Some(realloc),
        js_malloc_usable_size: Some(usable_size),
    };
    // SAFETY: QuickJS's own order of calls; each result is checked before it is used.
    unsafe {
        let runtime = __real_JS_NewRuntime2(&functions, null_mut());
        if runtime.is_null() {
            return None;
        }
        let context = __real_JS_NewContext(runtime);
        if context.is_null() {
            return None;
        }
        let nodes_proxy = prepare(context)?;
        home(|home| {
            home.images.push(Image {
                name: NEW,
                copy: home.arena.copy(),
                runtime,
                context,
                nodes_proxy,
            });
        })
    }
}

/// Replaces `Math.random` and compiles the helper.
unsafe fn prepare(context: *mut JSContext) -> Option<JSValue> {
    let flags = qjs::JS_PROP_WRITABLE | qjs::JS_PROP_CONFIGURABLE;
    // SAFETY: values of this context, each freed or handed over once; all text ends in a zero.
    unsafe {
        let global = qjs::JS_GetGlobalObject(context);
        let math = qjs::JS_GetPropertyStr(context, global, c"Math".as_ptr().cast());
        let function = qjs::JS_NewCFunction2(
            context,
            Some(random),
            c"random".as_ptr().cast(),
            0,
            qjs::JSCFunctionEnum_JS_CFUNC_generic,
            0,
        );
        let defined = qjs::JS_DefinePropertyValueStr(
            context,
            math,
            c"random".as_ptr().cast(),
            function,
            flags as c_int,
        );
        qjs::JS_FreeValue(context, math);
        qjs::JS_FreeValue(context, global);
        let source = crate::functions::NODES_PROXY;
        let helper = qjs::JS_Eval(
            context,
            source.as_ptr().cast(),
            source.count_bytes() as _,
            c"nodes".as_ptr().cast(),
            qjs::JS_EVAL_TYPE_GLOBAL as c_int,
        );
        (defined >= 0 && !qjs::JS_IsException(helper)).then_some(helper)
    }
}

/// `Math.random()` as QuickJS has it (xorshift64*, 52 bits), with its state outside the arena.
unsafe extern "C" fn random(
    _context: *mut JSContext,
    _this: JSValue,
    _count: c_int,
    _arguments: *mut JSValue,
) -> JSValue {
    let mut state = RANDOM.get();
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    RANDOM.set(state);
    let bits = state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 12;
    qjs::JS_NewFloat64(f64::from_bits(1.0f64.to_bits() | bits) - 1.0)
}

impl Home {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        if !self.accounts.reserve(size) {
            return null_mut();
        }
        let block = self.arena.alloc(size);
        // What is not in the arena would not be in the image.
        if block.is_null() && !self.images.is_empty() {
            let block = self.accounts.alloc_reserved(size);
            self.outside += usize::from(!block.is_null());
            return block;
        }
        self.accounts.settle(block, size)
    }

    unsafe fn free(&mut self, block: *mut u8) {
        // SAFETY: as the caller promises, a block of `alloc`'s, not freed.
        unsafe {
            if !self.arena.contains(block) {
                self.accounts.dealloc(block);
                self.outside -= 1;
            } else if !self.closing {
                self.accounts.release(Arena::capacity(block));
                self.arena.free(block);
            }
        }
    }

    unsafe fn realloc(&mut self, block: *mut u8, size: usize) -> *mut u8 {
        // SAFETY: as the caller promises, a block of `alloc`'s, not freed.
        unsafe {
            if !self.arena.contains(block) {
                return self.accounts.realloc(block, size);
            }
            let capacity = Arena::capacity(block);
            if size <= capacity {
                return block;
            }
            let moved = self.alloc(size);
            if !moved.is_null() {
                moved.copy_from_nonoverlapping(block, capacity);
                self.free(block);
            }
            moved
        }
    }
}

unsafe extern "C" fn malloc(_opaque: *mut c_void, size: qjs::size_t) -> *mut c_void {
    home(|home| home.alloc(size as usize).cast()).unwrap_or(null_mut())
}

unsafe extern "C" fn calloc(
    _opaque: *mut c_void,
    count: qjs::size_t,
    size: qjs::size_t,
) -> *mut c_void {
    let Some(size) = (count as usize).checked_mul(size as usize) else {
        return null_mut();
    };
    let block = home(|home| home.alloc(size)).unwrap_or(null_mut());
    if !block.is_null() {
        // SAFETY: the block holds at least `size` bytes.
        unsafe { block.write_bytes(0, size) };
    }
    block.cast()
}

unsafe extern "C" fn free(_opaque: *mut c_void, block: *mut c_void) {
    if !block.is_null() {
        // SAFETY: QuickJS frees what it got from these functions, once.
        home(|home| unsafe { home.free(block.cast()) });
    }
}

unsafe extern "C" fn realloc(
    _opaque: *mut c_void,
    block: *mut c_void,
    size: qjs::size_t,
) -> *mut c_void {
    if block.is_null() {
        return home(|home| home.alloc(size as usize).cast()).unwrap_or(null_mut());
    }
    // SAFETY: QuickJS passes what it got from these functions.
    home(|home| unsafe { home.realloc(block.cast(), size as usize).cast() }).unwrap_or(null_mut())
}

unsafe extern "C" fn usable_size(block: *const c_void) -> qjs::size_t {
    if block.is_null() {
        return 0;
    }
    // SAFETY: QuickJS asks about what it got from these functions.
    unsafe { Arena::capacity(block.cast()) as qjs::size_t }
}
