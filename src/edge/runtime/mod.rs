//! The runtime's objects, as far as they are used here (<https://developers.cloudflare.com/workers/runtime-apis/>). A
//! crate that binds all of them weighs a tenth of the Worker.

mod analytics;
mod body;
mod console;
mod context;
mod env;
mod error_text;
mod fetcher;
mod kv;
mod object;
mod queue;
mod within;

pub(super) use analytics::AnalyticsEngine;
pub(super) use body::with_body;
pub(super) use console::{console_error, console_log, console_warn};
pub(super) use context::Context;
pub(super) use env::{Env, binding};
pub(super) use error_text::error_text;
pub(super) use fetcher::Fetcher;
pub(super) use kv::{KV_TIMEOUT_MS, KvNamespace};
pub(super) use object::{ObjectState, ObjectStorage, Sql};
pub(super) use queue::{MessageBatch, Queue};
pub(super) use within::within;
