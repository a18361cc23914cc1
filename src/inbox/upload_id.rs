use std::fmt;

use crate::encoding::hex;
use crate::ledger::Jurisdiction;

/// The name of an upload: random, with the jurisdiction that its object lives in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadId(String);

const RANDOM_DIGITS: usize = 32;

impl UploadId {
    /// Makes one.
    pub fn new(random: [u8; RANDOM_DIGITS / 2], jurisdiction: Option<Jurisdiction>) -> Self {
        let random = hex(&random);
        Self(match jurisdiction {
            None => random,
            Some(jurisdiction) => format!("{random}-{}", jurisdiction.as_str()),
        })
    }

    /// Reads one; `None` where it is no upload's name.
    pub fn parse(text: &str) -> Option<Self> {
        let (random, jurisdiction) = text.split_once('-').unzip();
        let random = random.unwrap_or(text);
        let is_place = jurisdiction.is_none_or(|name| Jurisdiction::parse(name).is_ok());
        let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        let is_id = random.len() == RANDOM_DIGITS && random.bytes().all(is_digit);
        (is_id && is_place).then(|| Self(text.to_owned()))
    }

    /// As a text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where its object lives.
    pub fn jurisdiction(&self) -> Option<Jurisdiction> {
        let (_, name) = self.0.split_once('-')?;
        Jurisdiction::parse(name).ok()
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_where_its_object_lives() {
        for jurisdiction in [None, Some(Jurisdiction::Eu), Some(Jurisdiction::Fedramp)] {
            let id = UploadId::new([7; 16], jurisdiction);
            assert_eq!(UploadId::parse(id.as_str()), Some(id.clone()));
            assert_eq!(id.jurisdiction(), jurisdiction);
        }
    }

    #[test]
    fn other_texts_are_no_names() {
        let id = "0123456789abcdef0123456789abcdef";
        assert!(UploadId::parse(id).is_some());
        let others = [
            "",
            &id[1..],
            "0123456789ABCDEF0123456789ABCDEF",
            &format!("{id}-"),
            &format!("{id}-us"),
            &format!("{id}-eu-eu"),
            &format!("{id}0"),
            "0123456789abcdef0123456789abcde/",
        ];
        for text in others {
            assert_eq!(UploadId::parse(text), None, "{text}");
        }
    }
}
