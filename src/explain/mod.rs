//! Why a store refused a presigned URL: compares what was signed with what the store saw, and finds the first byte that
//! differs. It needs no secret and shows none.

mod cause;
mod compare;
mod refusal;
mod signed;
mod store_error;

pub use cause::Cause;
pub use compare::{Difference, Explanation, explain};
pub use signed::{SignedUrl, SignedUrlFault};
pub use store_error::StoreError;
