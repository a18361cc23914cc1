use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

/// How long KV may take to answer, in milliseconds.
pub(super) const KV_TIMEOUT_MS: u32 = 5_000;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, milliseconds: u32) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timeout: &JsValue);
}

/// A promise of `undefined` after so long, or once the timer is dropped: a promise that is never settled keeps
/// what waits for it in memory, and the runtime forgets the timers of a request that has ended.
pub(super) struct Timer {
    promise: Promise,
    timeout: JsValue,
    resolve: Function,
}

impl Timer {
    pub(super) fn of(milliseconds: u32) -> Self {
        let mut set = None;
        let promise = Promise::new(&mut |resolve, _| {
            set = Some((set_timeout(&resolve, milliseconds), resolve));
        });
        let (timeout, resolve) = set.unwrap_or_default();
        Self { promise, timeout, resolve }
    }

    pub(super) const fn promise(&self) -> &Promise {
        &self.promise
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(&self.timeout);
        // Resolving what is resolved does nothing.
        let _ = self.resolve.call0(&JsValue::UNDEFINED);
    }
}

/// What is waited for, unless it takes longer than so many milliseconds.
pub(super) async fn in_time<T>(milliseconds: u32, asked: impl Future<Output = T>) -> Option<T> {
    let timer = Timer::of(milliseconds);
    let (mut asked, mut late) = (pin!(asked), JsFuture::from(timer.promise().clone()));
    poll_fn(|context| match asked.as_mut().poll(context) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending => Pin::new(&mut late).poll(context).map(|_| None),
    })
    .await
}
