//! What an S3 request is: where a store is, what a key may be, which operations there are and which
//! parameters each takes.

mod address;
mod assume_role;
mod call;
mod content_disposition;
mod credential_set;
mod form;
mod invalid_parameter;
mod key;
mod operation;
mod parameter;
mod presign;
mod provider;
mod request;
mod scoped;
mod store;
mod validity;

pub use address::{Address, InvalidLocation, Location, Style, Variant};
pub use assume_role::{AssumeRole, RoleCache};
pub use call::{AuthorizedRequest, authorize};
pub use content_disposition::attachment;
pub use credential_set::CredentialSet;
pub use form::{Form, SignedForm};
pub use invalid_parameter::InvalidParameter;
pub use key::{InvalidKey, ObjectKey, check_prefix};
pub use operation::Operation;
pub use parameter::{Kind, PARAMETERS, Parameter, Place, is_metadata};
pub use presign::{PresignedRequest, UnsupportedByStore, presign};
pub use provider::{Feature, Provider};
pub use request::{CopySource, ObjectRequest, ObjectRequestBuilder, Target};
pub use store::Store;
pub use validity::Validity;
