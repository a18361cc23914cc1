//! Why a store refused a presigned URL: what was signed beside what the store saw, and the first byte in
//! which they differ. It needs no secret and shows none.

mod cause;
mod signed;

pub use cause::{Cause, Difference, Explanation, StoreError, explain};
pub use signed::{Signed, SignedUrlFault};
