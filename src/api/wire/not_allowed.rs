//! The check that refused a request, in a sentence for the caller.

use crate::policy::Dimension;

pub(super) const fn not_allowed(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Operation => "No rule allows this session this operation.",
        Dimension::Store => "No rule allows this session this store.",
        Dimension::Key => "No rule allows this session this key.",
        Dimension::CopySource => {
            "No rule that allows this copy allows this session to read its source."
        }
        Dimension::Version => {
            "No rule allows this session to name a version; a rule says so with versions = true."
        }
        Dimension::Quota => {
            "The rule that would allow this has a quota, which has to know how much is uploaded: give \
             content_length; a form has to name one key; a copy isn't counted."
        }
        Dimension::Delivery => "No rule allows this session to hand the object over in this way.",
        Dimension::Uses => "No rule allows this session a link with so many uses.",
        Dimension::Denied => "A rule forbids this session this.",
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
