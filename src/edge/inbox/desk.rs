use super::storage::ObjectState;
use crate::api::{OpenedAnswer, StoreBody, StoreCall};
use crate::edge::clock::now;
use crate::edge::runtime::{Env, Queue, binding, error_text};
use crate::edge::stores::ask_for_bytes;
use crate::inbox::{Desk, Heard, Message, Record, Said};
use crate::s3::AuthorizedRequest;
use crate::time::Timestamp;

/// What an upload's object works with: its own storage, stores by fetch, and bindings.
pub(super) struct ObjectDesk<'a>(pub(super) &'a ObjectState, pub(super) &'a Env);

impl Desk for ObjectDesk<'_> {
    async fn ask(
        &self,
        request: AuthorizedRequest,
        body: String,
        limit: usize,
        timeout_ms: u32,
    ) -> Result<Said, String> {
        // The runtime would decode it, or fail to.
        send(request, body, (limit, |head| !is_encoded(head)), timeout_ms).await
    }

    async fn post(&self, message: Message, limit: usize, timeout_ms: u32) -> Result<Said, String> {
        let is_read = if limit == 0 { |_: &_| false } else { |_: &_| true };
        send(message.request, message.body, (limit, is_read), timeout_ms).await
    }

    async fn enqueue(&self, queue: &str, body: &str) -> Result<(), String> {
        let queue: Queue = binding(self.1, queue)?;
        queue.put(body).await.map_err(|error| error_text(&error))
    }

    fn save(&self, record: &Record) -> Result<(), String> {
        self.0.save(record)?;
        // The alarm is set for its end as it is.
        let wake = record.wake(now().unix_seconds());
        if wake < record.end() { self.0.wake_soon(wake) } else { Ok(()) }
    }

    fn heard(&self) -> Result<Option<Heard>, String> {
        self.0.heard()
    }

    fn forget_heard(&self) -> Result<(), String> {
        self.0.forget_heard()
    }

    fn now(&self) -> Timestamp {
        now()
    }
}

/// Sends a request, and reads the answer up to a limit, where its head says so.
async fn send(
    request: AuthorizedRequest,
    body: String,
    (limit, is_read): (usize, fn(&OpenedAnswer) -> bool),
    timeout_ms: u32,
) -> Result<Said, String> {
    let AuthorizedRequest { method, url, headers } = request;
    let call = StoreCall { method, url, headers, body: StoreBody::Text(body), timeout_ms };
    let (head, body) = ask_for_bytes(&call, limit, is_read).await.map_err(|error| error.0)?;
    let OpenedAnswer { status, headers } = head;
    Ok(Said { status, headers, body })
}

fn is_encoded(head: &OpenedAnswer) -> bool {
    let encoding = head.headers.iter().find(|(name, _)| name == "content-encoding");
    encoding.is_some_and(|(_, encoding)| !matches!(encoding.as_str(), "identity" | "aws-chunked"))
}
