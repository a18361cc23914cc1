//! What the fuzzer feeds, and what has to hold whatever it feeds. A function here is a target of `fuzz_targets/`;
//! `tests/fuzz_corpus.rs` feeds each the corpus that is kept.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is a finding")]

mod access_logs;
mod answers;
mod edge;
mod entries;
mod events;
mod explained;
mod files;
mod parts;
mod requests;
mod rules;
mod stores;
#[path = "../../tests/support/mod.rs"]
mod support;
mod tokens;

pub use access_logs::access_log;
pub use edge::SECRETS;
pub use entries::kv_record;
pub use events::store_event;
pub use explained::explain;
pub use files::inbox_file;
pub use requests::{json, query};
pub use rules::{key_pattern, media_type, policy};
pub use stores::store_xml;
pub use tokens::{link_token, session_token};

/// A target: it panics where what has to hold doesn't.
pub type Target = fn(&[u8]);

/// All of them, by the names of their files and of their folders in the corpus.
pub const TARGETS: [(&str, Target); 13] = [
    ("access_log", access_log),
    ("explain", explain),
    ("inbox_file", inbox_file),
    ("json", json),
    ("key_pattern", key_pattern),
    ("kv_record", kv_record),
    ("link_token", link_token),
    ("media_type", media_type),
    ("policy", policy),
    ("query", query),
    ("session_token", session_token),
    ("store_event", store_event),
    ("store_xml", store_xml),
];
