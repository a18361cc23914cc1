/// Into whose hands a presigned URL comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A client's, which may add headers that nobody signed.
    Client,
    /// The edge's own: it sends what was signed and nothing else, and keeps the URL to itself.
    Edge,
}
