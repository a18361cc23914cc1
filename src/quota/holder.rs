use crate::crypto::sha256;
use crate::encoding::hex;

/// Whose quotas they are: a subject of an issuer, by a name that says neither.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Holder(String);

impl Holder {
    /// The holder of this issuer and subject.
    pub fn new(issuer: &str, subject: &str) -> Self {
        // With the issuer's length before it, neither can borrow from the other.
        let named = format!("quota {} {issuer} {subject}", issuer.len());
        Self(hex(&sha256(named.as_bytes())))
    }

    /// The name of its object: 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_subject_has_anothers_quota() {
        let pairs = [("i", "alice"), ("i", "bob"), ("j", "alice"), ("i a", "b"), ("i", "a b")];
        let names: Vec<Holder> = pairs.iter().map(|(i, s)| Holder::new(i, s)).collect();
        for (place, name) in names.iter().enumerate() {
            assert_eq!(names.iter().position(|other| other == name), Some(place));
        }
    }
}
