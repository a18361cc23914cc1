//! Operations on an object, and which parameters each takes.

mod content_disposition;
mod invalid_parameter;
mod key;
mod object_request;
mod operation;
mod parameter;
mod played;

pub use content_disposition::{attachment, inline};
pub use invalid_parameter::InvalidParameter;
pub use key::{InvalidKey, ObjectKey, check_prefix, file_name};
pub use object_request::{CopySource, ObjectRequest, ObjectRequestBuilder, Target};
pub use operation::Operation;
pub use parameter::{Kind, MAX_PUT_BYTES, PARAMETERS, Parameter, Place, is_metadata};
pub use played::is_played;
