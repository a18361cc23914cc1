use serde_json::{Map, Value};

use super::{
    Accept, CompletedSize, Delivery, DeliveryKind, Dimension, KeyPattern, MediaRange, Quota, Wish,
};
use crate::s3::{Feature, ObjectRequest, Operation, Store, Target, is_metadata};
use crate::session::Session;
use crate::sigv4::ExpiresIn;
use crate::variables::Table;

/// Whether a rule's URLs cost a one-time key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OneTime {
    /// If the request brings one.
    Optional,
    /// Always: the session token's `jti`, so that one token buys one URL.
    Required,
}

/// One rule: who may do what to which objects, within which bounds.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its place in the configuration.
    pub path: String,
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
    /// The largest upload, in bytes; uploads then have to give their size.
    pub max_bytes: Option<u64>,
    /// The quota of each subject under this rule.
    pub quota: Option<Quota>,
    /// The media types of uploads; uploads then have to give theirs.
    pub content_types: Option<Vec<MediaRange>>,
    /// The headers besides the harmless ones that a request may bind: names in lower case; `*` at the end covers all
    /// names that begin so.
    pub headers: Vec<String>,
    /// Whether a request may name a version.
    pub versions: bool,
    /// Whether it costs a one-time key.
    pub one_time: OneTime,
    /// The ways in which the object may be handed over.
    pub delivery: Vec<DeliveryKind>,
    /// The most uses of a link; `None` for any number of them until it expires.
    pub max_uses: Option<u32>,
    /// The longest life of a link, in seconds.
    pub max_link_expires: u64,
    /// Whether its URLs have tags; with `None` the store decides.
    pub tag: Option<bool>,
    /// How its uploads are accepted, if they go through an inbox.
    pub accept: Option<Box<Accept>>,
}

impl Rule {
    /// A day.
    const DEFAULT_LINK_EXPIRES: u64 = 24 * 3600;
    /// 30 days.
    const MAX_LINK_EXPIRES: u64 = 30 * 24 * 3600;
    const MAX_USES: u64 = 1000;

    /// Reads `[[vars.RULES]]`. `stores` are the configured ones' names.
    pub fn read(table: Table<'_>, stores: &[&str]) -> Option<Self> {
        let name = table.required("name", |name| Ok::<_, &str>(name.to_owned()));
        let when = table.claims("when");
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
        let quota = Quota::read(&table, allow.as_deref());
        let content_types = table.list("content_types", MediaRange::parse);
        let headers = table.list("headers", |name| {
            let lower = name.to_ascii_lowercase();
            let stem = name.strip_suffix('*').unwrap_or(name);
            let valid =
                lower == name && stem.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            valid
                .then_some(lower)
                .ok_or("has to be a header's name in lower case, perhaps with * behind it")
        });
        let one_time = table.parsed("one_time", |text| match text {
            "optional" => Ok(OneTime::Optional),
            "required" => Ok(OneTime::Required),
            _ => Err("has to be optional or required"),
        });
        let versions = table.flag("versions");
        let delivery = table.list("delivery", DeliveryKind::parse);
        let max_uses = Self::read_max_uses(&table);
        let max_link_expires =
            table.integer("max_link_expires").unwrap_or(Self::DEFAULT_LINK_EXPIRES);
        if !(1..=Self::MAX_LINK_EXPIRES).contains(&max_link_expires) {
            table.fault("max_link_expires", "has to be 1 to 2592000 seconds (30 days)");
        }
        let tag = table.optional_flag("tag");
        let accept = Accept::read(&table).map(Box::new);
        let path = table.path().to_owned();
        table.finish();
        Some(Self {
            path,
            name: name?,
            when: when.unwrap_or_default(),
            allow: allow?,
            stores: stores?,
            keys: keys?,
            max_expires: max_expires?,
            max_bytes,
            quota,
            content_types,
            headers: headers.unwrap_or_default(),
            versions,
            one_time: one_time.unwrap_or(OneTime::Optional),
            delivery: delivery.unwrap_or_else(|| vec![DeliveryKind::Url]),
            max_uses,
            max_link_expires,
            tag,
            accept,
        })
    }

    /// 1 by default; `None` if any number is allowed.
    fn read_max_uses(table: &Table<'_>) -> Option<u32> {
        let most = table.integer("max_uses");
        if table.flag("unlimited_uses") {
            if most.is_some() {
                table.fault("max_uses", "can't be combined with unlimited_uses");
            }
            return None;
        }
        let most = most.unwrap_or(1);
        if !(1..=Self::MAX_USES).contains(&most) {
            table.fault("max_uses", "has to be 1 to 1000; for any number, unlimited_uses = true");
        }
        u32::try_from(most).ok()
    }

    /// Whether a URL for the store has a tag.
    pub fn tags(&self, store: &Store) -> bool {
        self.tag.unwrap_or_else(|| store.tags())
    }

    /// Checks that the rule allows the wish; the error is the first check that refuses it.
    pub(super) fn check(&self, session: &Session, wish: &Wish<'_>) -> Result<(), Dimension> {
        let request = wish.request;
        self.check_access(session, request.operation(), wish.store, wish.target())?;
        if let Some(source) = request.copy_source()
            && !(self.allow.contains(&Operation::GetObject)
                && self.allows_key(source.key.as_str(), session))
        {
            return Err(Dimension::CopySource);
        }
        if !self.versions && names_a_version(request) {
            return Err(Dimension::Version);
        }
        if !request.headers().iter().all(|(name, _)| self.allows_header(name)) {
            return Err(Dimension::Headers);
        }
        self.check_type(request)?;
        self.check_accept(wish)?;
        self.check_size(request, wish.completed)?;
        self.quota.map_or(Ok(()), |quota| quota.check(request, wish.delivery))?;
        self.check_delivery(wish.delivery)
    }

    pub(super) fn check_delivery(&self, delivery: Delivery) -> Result<(), Dimension> {
        if !self.delivery.contains(&delivery.kind()) {
            return Err(Dimension::Delivery);
        }
        match (delivery.uses(), self.max_uses) {
            (_, None) => Ok(()),
            (Some(uses), Some(most)) if uses <= most => Ok(()),
            _ => Err(Dimension::Uses),
        }
    }

    /// Whether the session has the rule's claims.
    pub fn is_for(&self, session: &Session) -> bool {
        self.when.iter().all(|(name, value)| session.claims.has(name, value))
    }

    /// Checks that the rule lets the session do this there at all.
    pub(super) fn check_access(
        &self,
        session: &Session,
        operation: Operation,
        store: &str,
        target: &Target,
    ) -> Result<(), Dimension> {
        let claims = &session.claims;
        if !self.is_for(session) || !self.allow.contains(&operation) {
            return Err(Dimension::Operation);
        }
        if !self.stores.iter().any(|name| name == store) {
            return Err(Dimension::Store);
        }
        let is_on_keys = match target {
            Target::Object(key) => self.allows_key(key.as_str(), session),
            Target::Prefix(prefix) => {
                self.keys.iter().any(|pattern| pattern.matches_all_below(prefix, claims))
            }
        };
        is_on_keys.then_some(()).ok_or(Dimension::Key)
    }

    pub(super) fn allows_key(&self, key: &str, session: &Session) -> bool {
        self.keys.iter().any(|pattern| pattern.matches(key, &session.claims))
    }

    /// Whether a request may bind a header of that lower-case name.
    pub fn allows_header(&self, name: &str) -> bool {
        if self.accept.is_some() {
            return Accept::takes(name);
        }
        is_harmless(name)
            || self.headers.iter().any(|allowed| match allowed.strip_suffix('*') {
                Some(stem) => name.starts_with(stem),
                None => allowed == name,
            })
    }

    fn check_type(&self, request: &ObjectRequest) -> Result<(), Dimension> {
        let Some(ranges) = &self.content_types else { return Ok(()) };
        match (request.operation(), request.content_type()) {
            (Operation::PutObject | Operation::CreateMultipartUpload, None) => Err(Dimension::Type),
            (_, Some(given)) if !ranges.iter().any(|range| range.contains(given)) => {
                Err(Dimension::Type)
            }
            _ => Ok(()),
        }
    }

    /// A part's size is bound like an upload's. Only the completion shows the size of all parts together, so the edge
    /// then has to complete the upload itself.
    fn check_size(
        &self,
        request: &ObjectRequest,
        completed: CompletedSize,
    ) -> Result<(), Dimension> {
        let Some(max_bytes) = self.max_bytes else { return Ok(()) };
        match request.operation() {
            Operation::PutObject | Operation::UploadPart => {
                let fits = request.content_length().is_some_and(|bytes| bytes <= max_bytes);
                fits.then_some(()).ok_or(Dimension::Size)
            }
            Operation::CompleteMultipartUpload => match completed {
                CompletedSize::Pending => Ok(()),
                CompletedSize::Known(bytes) if bytes <= max_bytes => Ok(()),
                CompletedSize::Known(_) | CompletedSize::Unknown => Err(Dimension::Size),
            },
            Operation::UploadPartCopy => Err(Dimension::Size),
            _ => Ok(()),
        }
    }
}

/// An old version may hold data that its owner has replaced or deleted since.
fn names_a_version(request: &ObjectRequest) -> bool {
    request.needs().contains(Feature::Versions)
}

/// Headers that don't decide who may see an object, what it costs, or how it is encrypted.
pub(super) fn is_harmless(name: &str) -> bool {
    !name.starts_with("x-amz-")
        || is_metadata(name)
        || name.starts_with("x-amz-checksum-")
        || matches!(
            name,
            "x-amz-object-attributes"
                | "x-amz-copy-source-if-match"
                | "x-amz-copy-source-if-modified-since"
                | "x-amz-copy-source-if-none-match"
                | "x-amz-copy-source-if-unmodified-since"
                | "x-amz-copy-source-range"
                | "x-amz-metadata-directive"
                | "x-amz-tagging-directive"
        )
}
