//! What an S3 request is: where a store is, what a key may be, which operations there are and which
//! parameters each takes.

mod key;
mod operation;
mod parameter;
mod presign;
mod provider;
mod request;
mod store;

pub use key::{InvalidKey, ObjectKey};
pub use operation::Operation;
pub use parameter::{Checksum, InvalidParameter, Parameter, ResponseOverride};
pub use presign::{PresignedRequest, UnsupportedByStore, presign};
pub use provider::{Feature, Provider};
pub use request::ObjectRequest;
pub use store::{Store, Style};
