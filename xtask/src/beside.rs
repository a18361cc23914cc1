//! Runs independent steps side by side.

use std::sync::Mutex;
use std::thread;

use anyhow::{Error, Result, bail};

use crate::process;

/// Runs two steps at a time. If one fails, the other's children are ended and the first error is returned.
pub fn both<A: Send, B>(
    first: impl FnOnce() -> Result<A> + Send,
    second: impl FnOnce() -> Result<B>,
) -> Result<(A, B)> {
    let failure: Mutex<Option<Error>> = Mutex::new(None);
    let keep = |error: Error| {
        if let Ok(mut failure) = failure.lock()
            && failure.is_none()
        {
            *failure = Some(error);
        }
        process::end_all();
    };
    let (first, second) = thread::scope(|scope| {
        let beside = scope.spawn(|| first().map_err(keep).ok());
        let second = second().map_err(keep).ok();
        (beside.join().ok().flatten(), second)
    });
    match (first, second, failure.into_inner().ok().flatten()) {
        (Some(first), Some(second), None) => Ok((first, second)),
        (_, _, Some(error)) => Err(error),
        _ => bail!("a step ended before its end; the output says where"),
    }
}
