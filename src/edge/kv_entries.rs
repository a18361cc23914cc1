use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;

use wasm_bindgen_futures::JsFuture;
use worker::Context;
use worker::kv::{KvError, KvStore};

use super::platform::first_line;
use super::timer::after;
use crate::one_time::{Entries, LedgerUnavailable};

/// The shortest life that KV gives an entry, in seconds.
const MIN_TTL: u64 = 60;
/// The longest, 68 years: KV reads it as a signed 32-bit number.
const MAX_TTL: u64 = i32::MAX as u64;

/// How long KV may take to answer, in milliseconds.
const TIMEOUT_MS: u32 = 5_000;

/// Entries in the KV namespace of the ledger.
pub(super) struct KvEntries<'a> {
    pub(super) store: worker::Result<KvStore>,
    pub(super) context: &'a Context,
}

impl From<KvError> for LedgerUnavailable {
    fn from(error: KvError) -> Self {
        Self(first_line(&error.to_string()))
    }
}

impl KvEntries<'_> {
    fn store(&self) -> Result<&KvStore, LedgerUnavailable> {
        self.store.as_ref().map_err(|error| LedgerUnavailable(error.to_string()))
    }
}

/// What KV answers, unless it takes too long.
async fn in_time<T>(
    asked: impl Future<Output = Result<T, KvError>>,
) -> Result<T, LedgerUnavailable> {
    let (mut asked, mut late) = (pin!(asked), JsFuture::from(after(TIMEOUT_MS)));
    let first = poll_fn(|context| match asked.as_mut().poll(context) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending => Pin::new(&mut late).poll(context).map(|_| None),
    });
    match first.await {
        Some(answer) => Ok(answer?),
        None => Err(LedgerUnavailable("KV is late".to_owned())),
    }
}

impl Entries for KvEntries<'_> {
    async fn get(&self, name: &str) -> Result<Option<String>, LedgerUnavailable> {
        in_time(self.store()?.get(name).text()).await
    }

    async fn put(&self, name: &str, value: &str, seconds: u64) -> Result<(), LedgerUnavailable> {
        let put = self.store()?.put(name, value)?;
        in_time(put.expiration_ttl(seconds.clamp(MIN_TTL, MAX_TTL)).execute()).await
    }

    fn put_behind(&self, name: String, value: &'static str, seconds: u64) {
        let Ok(store) = self.store().cloned() else { return };
        self.context.wait_until(async move {
            let Ok(put) = store.put(&name, value) else { return };
            // Where it fails, the next request is judged again.
            let _ = put.expiration_ttl(seconds.clamp(MIN_TTL, MAX_TTL)).execute().await;
        });
    }
}
