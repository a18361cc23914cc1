//! S3 requests, the addresses and features of stores, and how the two become a signature.

mod authorize;
mod form;
mod guard;
mod multipart;
mod presign;
mod request;
mod role;
mod sender;
mod store;
mod tag;
mod validity;

pub use authorize::authorize;
pub use form::{Form, SignableForm, SignedForm};
pub use guard::{UnsupportedByStore, ways_out};
pub use multipart::{PartChecksum, PartToComplete, bare, complete_xml, etag_of, is_of_parts};
pub use presign::{PresignedRequest, SignableRequest};
pub use request::{
    Act, Acts, AuthorizedRequest, CopySource, InvalidKey, InvalidParameter, Kind, MAX_PUT_BYTES,
    ObjectKey, ObjectRequest, ObjectRequestBuilder, Operation, PARAMETERS, PLAYED_ENDINGS,
    Parameter, ParameterLocation, Target, attachment, check_prefix, file_name, inline, is_metadata,
    is_played,
};
pub use role::{AssumeRole, RoleCache};
pub use sender::Sender;
pub use store::{
    Address, CredentialSet, Feature, Features, InvalidLocation, Kept, Location, Provider, Spelling,
    Store, Style, Variant,
};
pub use tag::{TAG_PARAMETER, Tag, TagKey};
pub use validity::Validity;
