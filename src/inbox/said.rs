//! What a store says, and what an upload's object works with.

use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::{Heard, Message, Record};
use crate::s3::AuthorizedRequest;
use crate::time::Timestamp;
use crate::xml;

/// How long a store may take to answer, in milliseconds.
pub(super) const TIMEOUT_MS: u32 = 20_000;
/// The most that is read of an answer that has no bytes of the file, in bytes.
pub(super) const MAX_ANSWER_BYTES: usize = 16 * 1024;

/// What a store said.
#[derive(Clone, Debug)]
pub struct Said {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What an upload's object works with.
#[expect(async_fn_in_trait, reason = "an isolate has one thread, so no future has to be Send")]
pub trait Desk {
    /// Asks the store, and reads its answer; fails where none comes in time, or more than `limit` bytes of it. A body
    /// in a content-encoding isn't read. Why is for the log.
    async fn ask(
        &self,
        request: AuthorizedRequest,
        body: String,
        limit: usize,
        timeout_ms: u32,
    ) -> Result<Said, String>;

    /// Sends a message to whom the configuration names, and reads the answer likewise, with a limit of 0 not at all. It
    /// follows no redirect.
    async fn post(&self, message: Message, limit: usize, timeout_ms: u32) -> Result<Said, String>;

    /// Puts a message in JSON into the queue of that binding.
    async fn enqueue(&self, queue: &str, body: &str) -> Result<(), String>;

    /// Writes the record down, and when it has to be looked after. What is asked of the store afterwards isn't asked
    /// before it is kept.
    fn save(&self, record: &Record) -> Result<(), String>;

    /// The verdict that a scanner has sent, as far as it was written down.
    fn heard(&self) -> Result<Option<Heard>, String>;

    /// Forgets it.
    fn forget_heard(&self) -> Result<(), String>;

    /// The moment now.
    fn now(&self) -> Timestamp;
}

/// Why an upload came to no end. It may be asked for again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// There is nothing in the inbox.
    Nothing,
    /// It was replaced while it was looked at.
    Changed,
    /// The store didn't answer, or something else than a store answers.
    Unavailable(String),
    /// A scanner has said nothing of it that counts. It is asked again.
    NoVerdict(String),
    /// Somebody doesn't know yet how it ended.
    NotTold(String),
    /// The store refused what the edge itself asked.
    StoreRefused {
        /// The HTTP status.
        status: u16,
        /// S3's code.
        code: String,
    },
}

/// An object at the upload's own key.
pub(super) struct Made {
    /// Its `ETag`, where the store said it.
    pub(super) etag: Option<String>,
    /// Whether that is a hash of its bytes alone.
    pub(super) is_hash: bool,
}

/// What isn't the bytes themselves.
pub(super) fn is_encoding(encoding: &str) -> bool {
    !matches!(encoding, "" | "identity" | "aws-chunked")
}

/// What no store answers.
pub(super) fn odd(what: &str) -> Trouble {
    Trouble::Unavailable(format!("the store's answer has {what}"))
}

/// Whether two `ETag`s say that the bytes differ. Those of parts are no hashes of the bytes.
pub(super) fn are_other_bytes(etag: &str, made: &str) -> bool {
    let hash = |etag: &str| {
        let bare = etag.trim_matches('"').to_owned();
        (bare.len() == 32 && bare.bytes().all(|b| b.is_ascii_hexdigit())).then_some(bare)
    };
    hash(etag).zip(hash(made)).is_some_and(|(etag, made)| etag != made)
}

/// An `ETag` as the header has it: in the answer to a copy some stores leave the quotes out.
pub(super) fn quoted(etag: String) -> String {
    if etag.ends_with('"') { etag } else { format!("\"{etag}\"") }
}

impl Said {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(present, _)| present == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The `ETag`, where it stands for the very bytes.
    pub(super) fn strong_etag(&self) -> Option<String> {
        let etag = self.header("etag")?;
        let inside = etag.strip_prefix('"')?.strip_suffix('"')?;
        let is_plain = inside.bytes().all(|b| b.is_ascii_graphic() && b != b'"');
        (!inside.is_empty() && is_plain).then(|| etag.to_owned())
    }

    pub(super) fn length(&self) -> Option<u64> {
        self.header("content-length")?.parse().ok()
    }

    /// `bytes 0-4095/1048576`: what stands behind the slash.
    pub(super) fn size_of_whole(&self) -> Option<u64> {
        let (range, whole) = self.header("content-range")?.split_once('/')?;
        range.starts_with("bytes ").then_some(whole)?.parse().ok()
    }

    /// An object of that `ETag`. What is encrypted with another key than the store's own has one of another kind.
    pub(super) fn made(&self, etag: Option<String>) -> Made {
        let how = self.header("x-amz-server-side-encryption");
        Made { etag, is_hash: how.is_none_or(|how| how == "AES256") }
    }

    pub(super) fn refusal(&self) -> Trouble {
        let code = xml::text(&String::from_utf8_lossy(&self.body), "Code");
        let status = self.status.as_u16();
        if self.status.is_server_error() {
            return Trouble::Unavailable(format!("the store answered {status}"));
        }
        Trouble::StoreRefused { status, code: code.unwrap_or_else(|| status.to_string()) }
    }
}
