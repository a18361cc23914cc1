//! What stores write of a request, a reader a format. Signatures stay in the line that they came in.

mod ceph;
mod format;
mod garage;
mod json;
mod logged;
mod minio;
mod moment;
mod request_line;
mod s3_json;
mod s3_text;

pub use format::Format;
pub(super) use logged::{Logged, Mark, Method, Path, Signed, Unreadable};
pub(super) use request_line::decode;

#[cfg(test)]
mod tests;
