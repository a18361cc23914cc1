//! Operations, and the parameters that each takes.

mod authorized;
mod bindable_headers;
mod content_disposition;
mod invalid_parameter;
mod key;
mod object_request;
mod operation;
mod parameter;
mod parameters;
mod played;

pub use authorized::AuthorizedRequest;
pub use bindable_headers::is_metadata;
pub use content_disposition::{attachment, inline};
pub use invalid_parameter::InvalidParameter;
pub use key::{CopySource, InvalidKey, ObjectKey, Target, check_prefix, file_name};
pub use object_request::{ObjectRequest, ObjectRequestBuilder};
pub use operation::{Act, Acts, Operation};
pub use parameter::{Kind, Parameter, ParameterLocation};
pub use parameters::{MAX_PUT_BYTES, PARAMETERS};
pub use played::{PLAYED_ENDINGS, is_played};
