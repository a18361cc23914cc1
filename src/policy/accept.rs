//! A rule's settings for uploads that nobody can read before they are inspected.

use serde::{Deserialize, Serialize};

use super::pattern::widens;
use super::{KeyPattern, MediaRange};
use crate::s3::is_metadata;
use crate::session::Claims;
use crate::variables::Table;

/// Who else inspects uploads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scan {
    /// Nobody.
    #[default]
    None,
    /// A scanner that gets a message at its address.
    Webhook,
    /// A scanner that sets a tag on the object.
    Tag,
}

impl Scan {
    /// As it is configured.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Webhook => "webhook",
            Self::Tag => "tag",
        }
    }

    fn parse(scan: &str) -> Result<Self, &'static str> {
        let known = [Self::None, Self::Webhook, Self::Tag];
        known.into_iter().find(|it| it.as_str() == scan).ok_or("has to be none, webhook or tag")
    }
}

/// `accept` of a rule: its uploads go into an inbox, and to their key once they are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accept {
    /// The key of an accepted upload.
    pub into: Destination,
    /// The types that uploads may be declared as.
    pub types: Vec<MediaRange>,
    /// Who else inspects them.
    pub scan: Scan,
    /// Whether an upload is first copied to a key that no URL writes, and inspected there.
    pub holds: bool,
    /// Whether refused uploads stay in the inbox.
    pub keeps_refused: bool,
    /// Whether an accepted upload may replace another object.
    pub replaces: bool,
    /// How long after its URL's end an upload stays in the inbox, in seconds.
    pub keep: u64,
}

/// The headers that an upload into an inbox may bind, besides checksums and metadata. Others could make it readable,
/// or cost more than a copy.
const HEADERS: [&str; 8] = [
    "cache-control",
    "content-disposition",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "expires",
    "if-none-match",
];

impl Accept {
    const DEFAULT_KEEP: u64 = 3600;
    const MAX_KEEP: u64 = 30 * 24 * 3600;

    /// Reads `accept` of a rule.
    pub(super) fn read(rule: &Table<'_>) -> Option<Self> {
        let table = rule.table("accept")?;
        let into = table.required("into", Destination::parse);
        let types = table.list("types", MediaRange::parse);
        if types.as_ref().is_none_or(Vec::is_empty) {
            table.fault("types", "has to be a list of media types, such as [\"image/*\"]");
        }
        let scan = table.parsed("scan", Scan::parse).unwrap_or_default();
        // A scanner's verdict takes time, and must be about bytes that can't change meanwhile.
        let holds = table.flag("hold") || scan != Scan::None;
        let keeps_refused = table.parsed("refused", |refused| match refused {
            "delete" => Ok(false),
            "keep" => Ok(true),
            _ => Err("has to be delete or keep"),
        });
        let replaces = table.flag("replace");
        let keep = table.integer("keep").unwrap_or(Self::DEFAULT_KEEP);
        if !(1..=Self::MAX_KEEP).contains(&keep) {
            table.fault("keep", "has to be 1 to 2592000 seconds (30 days)");
        }
        table.finish();
        let keeps_refused = keeps_refused.unwrap_or_default();
        Some(Self { into: into?, types: types?, scan, holds, keeps_refused, replaces, keep })
    }

    /// Whether an upload may bind a header of that lower-case name.
    pub(super) fn takes(name: &str) -> bool {
        HEADERS.contains(&name) || is_metadata(name) || name.starts_with("x-amz-checksum-")
    }

    /// Whether an upload may be declared as that type.
    pub(super) fn takes_type(&self, declared: &str) -> bool {
        self.types.iter().any(|range| range.contains(declared))
    }
}

/// The key of an accepted upload: `{claim}` is the value of the session's claim, `{name}` the last part of the
/// requested key, `{id}` the upload's own name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Claim(String),
    Name,
    Id,
}

impl Destination {
    /// Reads a template. Without `{name}` or `{id}` two uploads of a session could have one key.
    fn parse(template: &str) -> Result<Self, &'static str> {
        let mut pieces = Vec::new();
        let mut rest = template;
        while let Some(at) = rest.find(['{', '}']) {
            let (literal, after) = rest.split_at(at);
            if !literal.is_empty() {
                pieces.push(Piece::Literal(literal.to_owned()));
            }
            let inside = after.strip_prefix('{').ok_or("has a } without its {")?;
            let (name, after) = inside.split_once('}').ok_or("has a { without a closing }")?;
            pieces.push(match name {
                "" => return Err("has {} without a name in it"),
                "name" => Piece::Name,
                "id" => Piece::Id,
                "filename" => return Err("has {filename}, which is {name} here"),
                claim => Piece::Claim(claim.to_owned()),
            });
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_owned()));
        }
        if !pieces.iter().any(|piece| matches!(piece, Piece::Name | Piece::Id)) {
            return Err("has to have {name} or {id} in it");
        }
        Ok(Self { text: template.to_owned(), pieces })
    }

    /// As it is configured.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The keys that may come of it; `None` where a claim's name is none that a pattern may have.
    pub(super) fn as_pattern(&self) -> Option<KeyPattern> {
        let text: String = self.pieces.iter().fold(String::new(), |text, piece| match piece {
            Piece::Literal(literal) => text + literal,
            Piece::Claim(_) | Piece::Name | Piece::Id if text.ends_with('*') => text,
            Piece::Claim(_) | Piece::Name | Piece::Id => text + "*",
        });
        KeyPattern::parse(&text).ok()
    }

    /// The key; `None` if the name or a claim isn't one text that stays inside its segment.
    pub fn fill(&self, claims: &Claims, id: &str, name: &str) -> Option<String> {
        let mut key = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => key.push_str(text),
                Piece::Claim(name) => match claims.whole_texts(name).as_deref() {
                    Some([text]) if !widens(text) => key.push_str(text),
                    _ => return None,
                },
                Piece::Name if widens(name) => return None,
                Piece::Name => key.push_str(name),
                Piece::Id => key.push_str(id),
            }
        }
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn destinations_are_filled_and_stay_inside() {
        let claims = |sub: serde_json::Value| {
            Claims::new(json!({ "sub": sub }).as_object().unwrap().clone())
        };
        let into = Destination::parse("users/{sub}/{id}-{name}").unwrap();
        let alice = claims(json!("alice"));
        assert_eq!(
            into.fill(&alice, "7f", "a{id}.png").as_deref(),
            Some("users/alice/7f-a{id}.png")
        );
        for name in ["a/b", "..", ""] {
            assert_eq!(into.fill(&alice, "7f", name), None, "{name}");
        }
        for sub in [json!("a/b"), json!(".."), json!(["a", "b"]), json!(null)] {
            assert_eq!(into.fill(&claims(sub.clone()), "7f", "a"), None, "{sub}");
        }
        for faulty in ["", "{id}/{filename}", "users/{sub}/x", "{name", "name}", "{}", "{id}}"] {
            assert!(Destination::parse(faulty).is_err(), "{faulty}");
        }
    }
}
