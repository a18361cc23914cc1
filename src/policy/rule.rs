use serde_json::{Map, Value};

use super::{Dimension, KeyPattern, MediaRange, Wish};
use crate::config::Table;
use crate::s3::Operation;
use crate::session::Session;
use crate::sigv4::ExpiresIn;

/// Whether a rule's URLs cost a one-time key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OneTime {
    /// Where the request brings one.
    Optional,
    /// Always: the session token's `jti`, so that one token buys one URL.
    Required,
}

/// One rule: who may do what to which objects, within which bounds.
#[derive(Clone, Debug)]
pub struct Rule {
    /// For people and logs.
    pub name: String,
    /// Claims that a session must have.
    pub when: Map<String, Value>,
    /// The operations.
    pub allow: Vec<Operation>,
    /// The stores' names.
    pub stores: Vec<String>,
    /// The keys.
    pub keys: Vec<KeyPattern>,
    /// The longest life of a URL.
    pub max_expires: ExpiresIn,
    /// The largest upload, in bytes; uploads then have to say their size.
    pub max_bytes: Option<u64>,
    /// The media types of uploads; uploads then have to say theirs.
    pub content_types: Option<Vec<MediaRange>>,
    /// Whether it costs a one-time key.
    pub one_time: OneTime,
}

impl Rule {
    /// Reads `[[vars.RULES]]`. `stores` are the configured ones' names.
    pub fn read(table: Table<'_>, stores: &[&str]) -> Option<Self> {
        let name = table.required("name", |name| Ok::<_, &str>(name.to_owned()));
        let when = table.value("when").map(|when| {
            let claims = when.as_object().cloned();
            if claims.is_none() {
                table.fault("when", "has to be a table of claims, such as { role = \"member\" }");
            }
            claims.unwrap_or_default()
        });
        let allow = table.list("allow", Operation::parse);
        let stores = table.list("stores", |name| {
            let known = stores.contains(&name);
            known.then(|| name.to_owned()).ok_or("is not one of STORES")
        });
        let keys = table.list("keys", KeyPattern::parse);
        for (name, missing) in
            [("allow", allow.is_none()), ("stores", stores.is_none()), ("keys", keys.is_none())]
        {
            if missing {
                table.fault(name, "has to be a list; without it the rule allows nothing");
            }
        }
        let max_expires = table.integer("max_expires").map_or(Some(ExpiresIn::MAX), |seconds| {
            let expires_in = ExpiresIn::from_seconds(seconds);
            expires_in.map_err(|error| table.fault("max_expires", error.to_string())).ok()
        });
        let max_bytes = table.integer("max_bytes");
        let content_types = table.list("content_types", MediaRange::parse);
        let one_time = table.parsed("one_time", |text| match text {
            "optional" => Ok(OneTime::Optional),
            "required" => Ok(OneTime::Required),
            _ => Err("has to be optional or required"),
        });
        table.finish();
        Some(Self {
            name: name?,
            when: when.unwrap_or_default(),
            allow: allow?,
            stores: stores?,
            keys: keys?,
            max_expires: max_expires?,
            max_bytes,
            content_types,
            one_time: one_time.unwrap_or(OneTime::Optional),
        })
    }

    /// Whether the rule allows the wish; else what it stumbles over first.
    pub(super) fn check(&self, session: &Session, wish: &Wish<'_>) -> Result<(), Dimension> {
        let claims = &session.claims;
        let request = wish.request;
        let is_for_session = self.when.iter().all(|(name, value)| claims.has(name, value));
        if !is_for_session || !self.allow.contains(&request.operation()) {
            return Err(Dimension::Operation);
        }
        if !self.stores.iter().any(|name| name == wish.store) {
            return Err(Dimension::Store);
        }
        if !self.keys.iter().any(|pattern| pattern.matches(request.key().as_str(), claims)) {
            return Err(Dimension::Key);
        }
        if request.operation() != Operation::PutObject {
            return Ok(());
        }
        if let Some(ranges) = &self.content_types {
            let content_type = request.content_type().ok_or(Dimension::Type)?;
            if !ranges.iter().any(|range| range.contains(content_type)) {
                return Err(Dimension::Type);
            }
        }
        if let Some(max_bytes) = self.max_bytes
            && request.content_length().is_none_or(|bytes| bytes > max_bytes)
        {
            return Err(Dimension::Size);
        }
        Ok(())
    }
}
