use super::storage::ObjectState;
use crate::api::{OpenedAnswer, StoreBody, StoreCall};
use crate::edge::clock::now;
use crate::edge::stores::ask_for_bytes;
use crate::inbox::{Desk, Record, Said};
use crate::s3::AuthorizedRequest;
use crate::time::Timestamp;

/// What an upload's object works with: its own storage, and stores by fetch.
pub(super) struct ObjectDesk<'a>(pub(super) &'a ObjectState);

impl Desk for ObjectDesk<'_> {
    async fn ask(
        &self,
        request: AuthorizedRequest,
        limit: usize,
        timeout_ms: u32,
    ) -> Result<Said, String> {
        let AuthorizedRequest { method, url, headers } = request;
        let body = StoreBody::Text(String::new());
        let call = StoreCall { method, url, headers, body, timeout_ms };
        // The runtime would decode it, or fail to.
        let most = |head: &OpenedAnswer| (!is_encoded(head)).then_some(limit);
        let (head, body) = ask_for_bytes(&call, most).await.map_err(|error| error.0)?;
        let OpenedAnswer { status, headers } = head;
        Ok(Said { status, headers, body })
    }

    fn save(&self, record: &Record) -> Result<(), String> {
        self.0.save(record)
    }

    fn now(&self) -> Timestamp {
        now()
    }
}

fn is_encoded(head: &OpenedAnswer) -> bool {
    let encoding = head.headers.iter().find(|(name, _)| name == "content-encoding");
    encoding.is_some_and(|(_, encoding)| !matches!(encoding.as_str(), "identity" | "aws-chunked"))
}
