//! `/v1/links`: sealed URLs on the edge that stand for one operation, and looking after them.

use serde_json::{Map, Value, json};

use crate::api::edge::Edge;
use crate::api::ports::{Client, Platform, Random};
use crate::api::presign::one::parse;
use crate::api::routes::LINK_PATH;
use crate::api::signing::caller::caller;
use crate::api::signing::{Scene, permit};
use crate::api::wire::error::Error;
use crate::api::wire::fields::{Fields, invalid, read_json};
use crate::api::wire::http::{Body, Method, Request, Response};
use crate::ledger::Shard;
use crate::link::{Bind, LINK_ID_RANDOM_BYTES, Link, LinkId, LinkKeys, MAX_TOKEN_BYTES, Network};
use crate::policy::Delivery;
use crate::s3::{Operation, Sender};
use crate::time::Timestamp;

const MAX_BODY_BYTES: usize = 64 * 1024;
/// 30 days.
const MAX_EXPIRES_IN: u64 = 30 * 24 * 3600;
const DEFAULT_EXPIRES_IN: u64 = 24 * 3600;
const MAX_USES: u64 = 1000;
/// An hour: a grace is for the same visit, not for another day.
const MAX_GRACE: u64 = 3600;
/// Seconds: as long as a browser needs to follow a redirect.
const DEFAULT_URL_EXPIRES_IN: u64 = 5;
const MAX_URL_EXPIRES_IN: u64 = 300;

/// How a link is to be handled, besides what it is for.
struct Terms {
    expires_in: u64,
    uses: Option<u32>,
    stream: bool,
    confirm: bool,
    bind: Bind,
    grace: u64,
    url_expires_in: u64,
    max_bytes: Option<u64>,
}

/// `POST /v1/links`
pub(in crate::api) async fn mint<P: Platform>(
    request: &Request<'_>,
    body: impl Body,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    let keys = edge.config.link_keys.as_ref().ok_or(Error::NoSuchRoute)?;
    let caller = caller(request, edge).await?;
    let mut fields = read_json(request, body, MAX_BODY_BYTES).await?;
    let terms = Terms::take(&mut fields, request)?;
    // Another store may be the first when the link is redeemed.
    if !fields.has("store") {
        fields.insert_text("store", edge.config.store(None)?.name())?;
    }
    let kept = request_of_link(&mut fields, &terms)?;
    let wanted = parse(fields, edge.config)?;
    let operation = wanted.request.operation();
    if !matches!(operation, Operation::GetObject | Operation::PutObject) {
        return Err(invalid("operation", "a link is for GetObject or PutObject"));
    }

    let delivery = Delivery::Link { stream: terms.stream, uses: terms.uses };
    let mut permitted = permit(&wanted, delivery, Scene { caller: &caller, edge })?;
    permitted.line.record.via = "mint";
    let draft = Draft {
        issuer: caller.session.issuer.clone(),
        subject: caller.session.subject.clone(),
        rule: permitted.rule().to_owned(),
        expires_in: terms.expires_in.min(permitted.max_link_expires()),
        url_expires_in: terms.url_expires_in.min(permitted.max_url_expires().seconds().into()),
        max_bytes: terms.max_bytes.or(permitted.max_bytes()),
        shard: shard(edge),
        terms,
        request: kept,
        keys,
    };
    // What can't be signed now is no link either.
    let sender = if draft.terms.stream { Sender::Edge } else { Sender::Client };
    let signable = permitted.signable(&wanted, sender).await?;
    if draft.seal(edge.now, edge).1.len() > MAX_TOKEN_BYTES {
        return Err(signable.refuse(invalid("key", "key and headers are too long for a link")));
    }
    let (method, headers) = (signable.what().method(), signable.what().headers());
    let paid = signable.pay().await?;
    // A slow ledger takes nothing of the link's life.
    let (id, token) = draft.seal(paid.moment(), edge);
    paid.give(id.expires_at(), |record| record.costs(&id.spend_id()));

    // What whoever redeems it has to send; how much they send is seen then.
    let headers: Map<String, Value> = headers
        .into_iter()
        .filter(|(name, _)| name != "content-length")
        .map(|(name, value)| (name, Value::from(value)))
        .collect();
    let answer = json!({
        "url": format!("{}{LINK_PATH}{token}", request.edge_origin),
        "id": id.as_str(),
        "method": method,
        "headers": headers,
        "expires_at": id.expires_at().to_string(),
    });
    Ok(Response::json(200, answer.to_string()))
}

impl Terms {
    fn take(fields: &mut Fields, request: &Request<'_>) -> Result<Self, Error> {
        let within = |name: &'static str, value: Option<u64>, least: u64, most: u64| match value {
            Some(value) if !(least..=most).contains(&value) => {
                Err(invalid(name, format!("has to be {least} to {most} seconds")))
            }
            value => Ok(value),
        };
        let expires_in = fields.integer("expires_in", Error::InvalidLinkExpiry)?;
        if expires_in.is_some_and(|seconds| !(1..=MAX_EXPIRES_IN).contains(&seconds)) {
            return Err(Error::InvalidLinkExpiry);
        }
        let wrong = || invalid("uses", "has to be 1 to 1000, or \"unlimited\"");
        let uses = if fields.is_word("uses", "unlimited") {
            None
        } else {
            let uses = fields.integer("uses", wrong())?.unwrap_or(1);
            let valid = (1..=MAX_USES).contains(&uses);
            Some(u32::try_from(uses).ok().filter(|_| valid).ok_or_else(wrong)?)
        };
        let stream = match fields.text("delivery")?.as_deref() {
            None | Some("redirect") => false,
            Some("stream") => true,
            Some(_) => return Err(invalid("delivery", "has to be redirect or stream")),
        };
        let bind = bind(fields.text("bind")?.as_deref().unwrap_or("none"), request)?;
        let wrong = |name| invalid(name, "has to be a whole number of seconds");
        let grace = within("grace", fields.integer("grace", wrong("grace"))?, 0, MAX_GRACE)?;
        let url_expires_in = fields.integer("url_expires_in", wrong("url_expires_in"))?;
        let url_expires_in = within("url_expires_in", url_expires_in, 1, MAX_URL_EXPIRES_IN)?;
        let max_bytes =
            fields.integer("max_bytes", invalid("max_bytes", "has to be a number of bytes"))?;
        if fields.has("cacheable") {
            return Err(invalid("cacheable", "is not for links"));
        }
        Ok(Self {
            expires_in: expires_in.unwrap_or(DEFAULT_EXPIRES_IN),
            uses,
            stream,
            confirm: fields.flag("confirm")?,
            bind,
            grace: grace.unwrap_or(0),
            url_expires_in: url_expires_in.unwrap_or(DEFAULT_URL_EXPIRES_IN),
            max_bytes,
        })
    }
}

fn bind(text: &str, request: &Request<'_>) -> Result<Bind, Error> {
    let help = "has to be none, subject, network (the one that this request comes from) or a range such \
                as 192.0.2.0/24";
    match text {
        "none" => Ok(Bind::Holder),
        "subject" => Ok(Bind::Subject),
        "network" => {
            let address = request.header(CLIENT_ADDRESS).unwrap_or_default();
            let unknown =
                || invalid("bind", "the network that this request comes from is not known");
            Network::around(&address).map(Bind::Network).ok_or_else(unknown)
        }
        range => Network::parse(range).map(Bind::Network).ok_or_else(|| invalid("bind", help)),
    }
}

/// Where Cloudflare says who is asking.
pub(in crate::api) const CLIENT_ADDRESS: &str = "cf-connecting-ip";

/// The request as the link keeps it. An upload never replaces anything, and where it isn't bound to one size
/// it is decided on as the largest that it may be.
fn request_of_link(
    fields: &mut Fields,
    terms: &Terms,
) -> Result<Box<serde_json::value::RawValue>, Error> {
    let is_upload = fields.peek_text("operation") == Some("PutObject");
    if is_upload {
        if terms.confirm {
            return Err(invalid("confirm", "is for GetObject: an upload has no page"));
        }
        fields.flag("create_only")?;
        fields.insert_flag("create_only")?;
    }
    let mut kept = fields.clone();
    kept.remove_all(&["one_time_key"]);
    match terms.max_bytes {
        Some(_) if !is_upload => return Err(invalid("max_bytes", "is for PutObject")),
        Some(_) if fields.has("content_length") => {
            return Err(invalid("max_bytes", "stands beside content_length; give one of them"));
        }
        Some(most) => fields.insert_integer("content_length", most)?,
        None => {}
    }
    kept.to_json()
}

/// A link before it is known when it begins.
struct Draft<'a> {
    issuer: String,
    subject: String,
    rule: String,
    expires_in: u64,
    url_expires_in: u64,
    max_bytes: Option<u64>,
    shard: Shard,
    terms: Terms,
    request: Box<serde_json::value::RawValue>,
    keys: &'a LinkKeys,
}

impl Draft<'_> {
    /// The link that begins at `now`: its id and its token.
    fn seal<P: Random>(&self, now: Timestamp, edge: &Edge<'_, P>) -> (LinkId, String) {
        let Self { terms, keys, .. } = self;
        let maker = (self.issuer.as_str(), self.subject.as_str());
        let random: [u8; LINK_ID_RANDOM_BYTES] = edge.platform.random();
        let expires_at = now.plus(self.expires_in);
        let id = LinkId::new(random, self.shard, expires_at, terms.uses, maker, keys);
        let link = Link {
            id: id.clone(),
            issuer: self.issuer.clone(),
            subject: self.subject.clone(),
            rule: self.rule.clone(),
            stream: terms.stream,
            confirm: terms.confirm,
            grace: terms.grace,
            url_expires_in: self.url_expires_in,
            max_bytes: self.max_bytes,
            bind: terms.bind,
            request: self.request.clone(),
        };
        (id, keys.seal(link, &edge.platform.random()))
    }
}

/// Where a link's uses are recorded.
fn shard<P: Client + Random>(edge: &Edge<'_, P>) -> Shard {
    let random: [u8; 2] = edge.platform.random();
    let location_hint = edge.platform.location_hint().or(edge.config.one_time.location_hint);
    Shard { location_hint, number: u16::from_be_bytes(random) % edge.config.one_time.shards }
}

/// `GET /v1/links/{id}` tells of a link, `DELETE` revokes it: for whoever made it.
pub(in crate::api) async fn look_after<P: Platform>(
    request: &Request<'_>,
    id: &str,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    let keys = edge.config.link_keys.as_ref().ok_or(Error::NoSuchRoute)?;
    let session = caller(request, edge).await?.session;
    let id = LinkId::verify(id, &session.issuer, &session.subject, keys);
    let id = id.ok_or(Error::NoSuchLink)?;
    let (spend_id, shard) = (id.spend_id(), id.shard());
    if edge.now >= id.expires_at() {
        // Its record may be gone already.
        return Err(Error::LinkExpired);
    }
    if request.method == Method::Delete {
        edge.platform.revoke(&spend_id, shard, edge.now, id.expires_at()).await?;
        edge.platform.log(
            &json!({
                "event": "link_revoked", "time": edge.now.to_string(),
                "request_id": edge.request_id.as_str(), "issuer": session.issuer,
                "subject": session.subject, "one_time_id": spend_id.as_str(),
            })
            .to_string(),
        );
        return Ok(Response::empty(204));
    }
    let history = edge.platform.history(&spend_id, shard, edge.now).await?;
    let spends: Vec<String> = history.at.iter().map(ToString::to_string).collect();
    let answer = json!({
        "id": id.as_str(),
        "uses": id.uses(),
        "used": history.count,
        "left": id.uses().map(|uses| uses.saturating_sub(history.count)),
        "spends": spends,
        "revoked": history.revoked,
        "expires_at": id.expires_at().to_string(),
    });
    Ok(Response::json(200, answer.to_string()))
}
