//! edge-signer: presigned S3 URLs, made at the edge for whoever shows a session that may have them.

pub mod api;
pub mod config;
pub mod crypto;
pub mod encoding;
pub mod one_time;
pub mod policy;
pub mod s3;
pub mod secret;
pub mod session;
pub mod sigv4;
pub mod time;

#[cfg(target_arch = "wasm32")]
mod edge;
