//! The product's core and the floor in Wasm, for `v8/compare.mjs` to call without any glue.
#![expect(unsafe_code, reason = "exporting a function by its name is said to be unsafe")]

use std::cell::RefCell;

use bench_work::{KEYS, Work};

thread_local! {
    static WORK: Work = Work::set_up();
    static URL: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Presigns `n` URLs.
#[unsafe(no_mangle)]
pub extern "C" fn presigns(n: usize) -> usize {
    WORK.with(|work| work.presigns(n))
}

/// Runs the floor `n` times.
#[unsafe(no_mangle)]
pub extern "C" fn floors(n: usize) -> usize {
    WORK.with(|work| work.floors(n))
}

/// Presigns one URL and keeps it; gives its length. [`url`] says where it is.
#[unsafe(no_mangle)]
pub extern "C" fn keep_url(index: usize) -> usize {
    let presigned = WORK.with(|work| work.presigner.presign(index % KEYS));
    let length = presigned.len();
    URL.set(presigned);
    length
}

/// Where the URL is that was kept last.
#[unsafe(no_mangle)]
pub extern "C" fn url() -> *const u8 {
    URL.with_borrow(|url| url.as_ptr())
}
