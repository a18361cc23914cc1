//! An allocator that counts. Only programs that count allocations have it, because counting takes time.
#![expect(unsafe_code, reason = "an allocator can't be written without")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};

use bench_work::KEYS;

/// The system's allocator, with a count of what is asked of it. To grow is to allocate.
pub struct Counting;

static COUNT: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on as it is to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller holds to the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller holds to the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller holds to the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller holds to the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// The most that any of several presigns after the first takes, where [`Counting`] is the program's allocator.
pub fn most_allocations<Url>(presign: impl Fn(usize) -> Url) -> usize {
    drop(black_box(presign(0)));
    let one = |index| {
        let before = COUNT.load(Ordering::Relaxed);
        drop(black_box(presign(index)));
        COUNT.load(Ordering::Relaxed) - before
    };
    (1..KEYS).map(one).max().unwrap_or_default()
}
