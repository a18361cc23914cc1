//! Uploads in parts: what an upload's object keeps of one, and its name.

use serde::{Deserialize, Serialize};

use super::UploadId;

/// What the name begins with by which a client knows an upload in parts, whatever the store calls it.
const MARK: &str = "inbox-";

/// What is kept of an upload in parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InParts {
    /// The key that was asked for, which each step names.
    pub asked_key: String,
    /// What the store calls it, once it has begun.
    pub upload_id: Option<String>,
    /// How long after a URL for a part is asked for it may be good, in seconds.
    pub life: u64,
    /// Whether a quota counts its parts.
    pub is_counted: bool,
}

/// By which name a client knows an upload in parts.
pub fn name_of_parts(upload: &str) -> String {
    format!("{MARK}{upload}")
}

/// The upload of such a name; `None` where a store has given the name.
pub fn upload_of_parts(name: &str) -> Option<UploadId> {
    UploadId::parse(name.strip_prefix(MARK)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stores_own_names_are_none_of_the_edges() {
        let id = "0123456789abcdef0123456789abcdef";
        let name = name_of_parts(id);
        assert_eq!(upload_of_parts(&name).unwrap().as_str(), id);
        for other in ["", id, "inbox-", "inbox-x", "Inbox-0", &format!("{name}0")] {
            assert_eq!(upload_of_parts(other), None, "{other}");
        }
    }
}
