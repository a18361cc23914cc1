//! A Worker of your own: whoever shows a team's key is sent to a presigned URL of that team's reports.
//!
//! `signing` decides and signs, and knows no Workers; `worker` is between it and the runtime.

pub mod signing;

#[cfg(target_arch = "wasm32")]
mod worker;
