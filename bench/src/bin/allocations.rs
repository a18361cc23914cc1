//! Heap allocations of one presigned GET, by an allocator that counts them: prints `{"name":count}`. A
//! program of its own, because counting takes time.
#![expect(unsafe_code, reason = "an allocator can't be written without")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};

use bench::peers::{AwsSigV4, Peer, Reqsign, RustyS3};
use bench_work::{KEYS, Work};
use serde_json::json;

/// The system's allocator, with a count of what is asked of it. To grow is to allocate.
struct Counting;

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

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most that any of several presigns after the first takes.
fn count<Url>(presign: impl Fn(usize) -> Url) -> usize {
    drop(black_box(presign(0)));
    let one = |index| {
        let before = COUNT.load(Ordering::Relaxed);
        drop(black_box(presign(index)));
        COUNT.load(Ordering::Relaxed) - before
    };
    (1..KEYS).map(one).max().unwrap_or_default()
}

fn main() {
    let (work, rusty_s3, aws_sigv4, reqsign) =
        (Work::set_up(), RustyS3::set_up(), AwsSigV4::set_up(), Reqsign::set_up());
    let counts = json!({
        "edge-signer": count(|index| work.presigner.presign(index)),
        "rusty-s3": count(|index| rusty_s3.presign(index)),
        "aws-sigv4": count(|index| aws_sigv4.presign(index)),
        "reqsign": count(|index| reqsign.presign(index)),
    });
    println!("{counts}");
}
