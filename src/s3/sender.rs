/// Who gets and sends a presigned URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A client, which may add unsigned headers.
    Client,
    /// The edge itself, which sends only what was signed and keeps the URL to itself.
    Edge,
}
