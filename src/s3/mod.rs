//! What an S3 request is: where a store is, what a key may be, which operations there are and which
//! parameters each takes.

mod act;
mod address;
mod assume_role;
mod call;
mod content_disposition;
mod credential_set;
mod feature;
mod form;
mod guard;
mod invalid_parameter;
mod key;
mod operation;
mod parameter;
mod parts;
mod presign;
mod provider;
mod request;
mod role_cache;
mod scoped;
mod session_policy;
mod spelling;
mod store;
mod validity;

pub use act::{Act, Acts};
pub use address::{Address, InvalidLocation, Location, Style, Variant};
pub use assume_role::AssumeRole;
pub use call::{AuthorizedRequest, authorize};
pub use content_disposition::attachment;
pub use credential_set::CredentialSet;
pub use feature::{Feature, Features};
pub use form::{Form, SignableForm, SignedForm};
pub use guard::{Sender, UnsupportedByStore, ways_out};
pub use invalid_parameter::InvalidParameter;
pub use key::{InvalidKey, ObjectKey, check_prefix};
pub use operation::Operation;
pub use parameter::{Kind, PARAMETERS, Parameter, Place, is_metadata};
pub use parts::{PartChecksum, PartToComplete, bare, complete_xml, etag_of, is_of_parts};
pub use presign::{PresignedRequest, SignableRequest};
pub use provider::{Kept, Provider};
pub use request::{CopySource, ObjectRequest, ObjectRequestBuilder, Target};
pub use role_cache::RoleCache;
pub use spelling::Spelling;
pub use store::Store;
pub use validity::Validity;
