//! The check that refused a request, in a sentence for the caller.

use crate::policy::Dimension;

pub(super) const fn not_allowed(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Operation => "No rule allows this session to do this operation.",
        Dimension::Store => "No rule allows this session to use this store.",
        Dimension::Key => "No rule allows this session to use this key.",
        Dimension::CopySource => {
            "No rule that allows this copy allows this session to read its source."
        }
        Dimension::Version => {
            "No rule allows this session to name a version; a rule says so with versions = true."
        }
        Dimension::Quota => {
            "The rule that would allow this has a quota, so the upload's size has to be known: give \
             content_length. A form has to name one key. A copy isn't covered."
        }
        Dimension::Delivery => "No rule allows this session to deliver the object in this way.",
        Dimension::Uses => "No rule allows a link with this many uses.",
        Dimension::Denied => "A rule forbids this request.",
        Dimension::Headers => {
            "No rule allows this session one of the headers that the request binds; a rule names them \
             under headers."
        }
        Dimension::Type => {
            "No rule allows an upload of this content_type; where the rule names types, the field has \
             to be there."
        }
        Dimension::Size => {
            "No rule allows an upload of this content_length; where the rule has a limit, the field \
             has to be there, and an upload in parts is completed through /v1/multipart/complete."
        }
    }
}
