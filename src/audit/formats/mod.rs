//! The stores' log formats, with one reader for each. No reader copies signatures out of a line.

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
