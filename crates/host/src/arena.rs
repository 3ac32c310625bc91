//! A heap inside one block of memory, which can be copied out and put back as a whole.
//!
//! Blocks come from a list of freed ones of their size, or from the end of what is used; none is
//! split or joined. That suits a JavaScript runtime that lives for one evaluation: many small blocks
//! of few sizes, all gone at the end. It costs a fraction of what a general allocator does.
#![allow(unsafe_code, reason = "an allocator")]

use std::alloc::Layout;
use std::ptr::null_mut;

/// Bytes before each block, where its capacity is written as a `usize`. Eight keep blocks aligned;
/// rquickjs's `RustAllocator` does the same, so one function reads the capacity of either's blocks.
const HEADER: usize = 8;
/// Blocks up to this many bytes come in steps of `STEP`, larger ones in powers of two.
const SMALL: usize = 512;
const STEP: usize = 16;
/// Larger blocks are for another allocator.
const LARGE: usize = 64 * 1024;
const CLASSES: usize = SMALL / STEP + (LARGE / SMALL).ilog2() as usize;

/// What is used of an arena, and by whom.
#[derive(Debug, Clone, Copy)]
struct Books {
    /// Bytes from the start; what lies behind was not handed out.
    used: usize,
    /// Bytes that are handed out, by capacity.
    live: usize,
    /// The last freed block of each class, which begins with the address of the one before.
    free: [*mut u8; CLASSES],
}

/// The heap; see the module's text.
#[derive(Debug)]
pub(crate) struct Arena {
    start: *mut u8,
    size: usize,
    books: Books,
}

/// What an arena held at one moment.
#[derive(Debug)]
pub(crate) struct Copy {
    bytes: Box<[u8]>,
    books: Books,
}

/// The class of a block and the bytes it holds, at least `size`; none if that is too many.
fn class(size: usize) -> Option<(usize, usize)> {
    if size <= SMALL {
        let index = size.saturating_sub(1) / STEP;
        return Some((index, (index + 1) * STEP));
    }
    if size > LARGE {
        return None;
    }
    let capacity = size.next_power_of_two();
    let index = SMALL / STEP + (capacity / SMALL).ilog2() as usize - 1;
    Some((index, capacity))
}

impl Arena {
    /// An empty arena of `size` bytes, which stay allocated for ever; none if there is no memory.
    pub(crate) fn leak(size: usize) -> Option<Self> {
        let layout = Layout::from_size_align(size, HEADER).ok()?;
        // SAFETY: the size is not zero, which the layout was made with.
        let start = unsafe { std::alloc::alloc_zeroed(layout) };
        (!start.is_null() && size > 0).then_some(Self {
            start,
            size,
            books: Books {
                used: 0,
                live: 0,
                free: [null_mut(); CLASSES],
            },
        })
    }

    /// A block of at least `size` bytes, aligned to eight; null if it does not fit.
    pub(crate) fn alloc(&mut self, size: usize) -> *mut u8 {
        let Some((class, capacity)) = class(size) else {
            return null_mut();
        };
        let Some(free) = self.books.free.get_mut(class) else {
            return null_mut();
        };
        let block = if free.is_null() {
            if self.size - self.books.used < HEADER + capacity {
                return null_mut();
            }
            // SAFETY: the header and the block lie within the arena, as was just checked.
            unsafe {
                let header = self.start.add(self.books.used);
                self.books.used += HEADER + capacity;
                header.cast::<usize>().write(capacity);
                header.add(HEADER)
            }
        } else {
            // SAFETY: a freed block of this arena, into which `free` wrote the one before it.
            let next = unsafe { free.cast::<*mut u8>().read() };
            std::mem::replace(free, next)
        };
        self.books.live += capacity;
        block
    }

    /// Whether a block is this arena's.
    pub(crate) fn contains(&self, block: *const u8) -> bool {
        (block as usize).wrapping_sub(self.start as usize) < self.size
    }

    /// How many bytes a block holds.
    ///
    /// # Safety
    /// It must be a block of an arena or of rquickjs's `RustAllocator`, and not freed.
    pub(crate) unsafe fn capacity(block: *const u8) -> usize {
        // SAFETY: both write the capacity there.
        unsafe { block.sub(HEADER).cast::<usize>().read() }
    }

    /// Takes a block back.
    ///
    /// # Safety
    /// It must be a block of this arena, and not freed.
    pub(crate) unsafe fn free(&mut self, block: *mut u8) {
        // SAFETY: as the caller promises.
        let capacity = unsafe { Self::capacity(block) };
        if let Some((class, _)) = class(capacity)
            && let Some(free) = self.books.free.get_mut(class)
        {
            // SAFETY: the smallest block holds an address.
            unsafe { block.cast::<*mut u8>().write(*free) };
            *free = block;
            self.books.live -= capacity;
        }
    }

    /// Bytes that are handed out.
    pub(crate) fn live(&self) -> usize {
        self.books.live
    }

    /// Copies out everything that is used.
    pub(crate) fn copy(&self) -> Copy {
        // SAFETY: these bytes are within the arena, which began as zeros, and nobody writes meanwhile.
        let bytes = unsafe { std::slice::from_raw_parts(self.start, self.books.used) };
        Copy {
            bytes: bytes.into(),
            books: self.books,
        }
    }

    /// Makes this arena what it was when `copy` was made of it.
    pub(crate) fn restore(&mut self, copy: &Copy) {
        // SAFETY: the copy is of this arena or one as large, so its bytes fit.
        unsafe {
            std::ptr::copy_nonoverlapping(copy.bytes.as_ptr(), self.start, copy.bytes.len());
        }
        self.books = copy.books;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_what_was_asked_and_do_not_overlap() {
        let mut arena = Arena::leak(1 << 20).unwrap();
        let mut blocks = Vec::new();
        for size in [0, 1, 16, 17, 500, 512, 513, 1024, 4000, LARGE] {
            let block = arena.alloc(size);
            assert!(
                arena.contains(block) && (block as usize).is_multiple_of(8),
                "{size}"
            );
            // SAFETY: a live block, written within its capacity.
            let capacity = unsafe { Arena::capacity(block) };
            assert!(capacity >= size, "{size}");
            unsafe { block.write_bytes(size as u8, capacity) };
            blocks.push((block, capacity, size as u8));
        }
        for (block, capacity, byte) in &blocks {
            // SAFETY: as above.
            let bytes = unsafe { std::slice::from_raw_parts(*block, *capacity) };
            assert!(bytes.iter().all(|found| found == byte));
        }
        assert_eq!(arena.live(), blocks.iter().map(|block| block.1).sum());
    }

    #[test]
    fn freed_blocks_are_used_again_and_too_much_is_refused() {
        let mut arena = Arena::leak(4096).unwrap();
        let first = arena.alloc(1000);
        assert!(arena.alloc(4000).is_null() && arena.alloc(LARGE + 1).is_null());
        // SAFETY: a live block.
        unsafe { arena.free(first) };
        assert_eq!(arena.live(), 0);
        assert_eq!(arena.alloc(1024), first);
        let mut count = 0;
        while !arena.alloc(16).is_null() {
            count += 1;
        }
        assert_eq!(count, (4096 - 1024 - HEADER) / (16 + HEADER));
    }

    #[test]
    fn a_restored_arena_goes_on_as_it_did_the_first_time() {
        let mut arena = Arena::leak(1 << 16).unwrap();
        let kept = arena.alloc(64);
        let freed = arena.alloc(64);
        // SAFETY: live blocks, written within their capacity.
        unsafe {
            kept.write_bytes(7, 64);
            arena.free(freed);
        }
        let copy = arena.copy();
        let run = |arena: &mut Arena| {
            (
                arena.alloc(64),
                arena.alloc(64),
                arena.alloc(2000),
                arena.live(),
            )
        };
        let first = run(&mut arena);
        // SAFETY: a live block.
        unsafe { kept.write_bytes(9, 64) };
        arena.restore(&copy);
        // SAFETY: a live block.
        assert_eq!(unsafe { kept.read() }, 7);
        assert_eq!(run(&mut arena), first);
        assert_eq!(first.0, freed);
    }
}
