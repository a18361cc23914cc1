//! `/v1/links`: sealed URLs on the edge that stand for one operation.

use http::HeaderName;
use serde_json::value::RawValue;

use super::opening;
use super::request::{LinkAnswer, LinkDelivery, LinkRequest, Uses};
use crate::api::edge::Edge;
use crate::api::ports::{Client, Platform, Random};
use crate::api::presign::{Pairs, PresignRequest};
use crate::api::routes::LINK_PATH;
use crate::api::signing::caller::caller;
use crate::api::signing::{OfLink, Scene, permit};
use crate::api::wire::error::{Error, invalid};
use crate::api::wire::message::{Body, Request, Response};
use crate::api::wire::read::{from_json, json_body};
use crate::api::wire::values::{LinkExpiresIn, Seconds, Whole};
use crate::config::{Config, LedgerKind, OneTimeSettings};
use crate::ledger::Shard;
use crate::link::{
    Bind, LINK_ID_RANDOM_BYTES, Link, LinkId, LinkKeys, MAX_TOKEN_BYTES, Network, Password,
    PasswordHash,
};
use crate::policy::Delivery;
use crate::s3::{Operation, Sender, is_played};
use crate::time::Timestamp;

pub(in crate::api) const MAX_BODY_BYTES: usize = 64 * 1024;
const DEFAULT_EXPIRES_IN: u64 = 24 * 3600;
/// Seconds: as long as a browser needs to follow a redirect.
const DEFAULT_URL_EXPIRES_IN: u64 = 5;
/// The default grace of links for players, in seconds: longer than most films.
const GRACE_OF_PLAYERS: u64 = 4 * 3600;

const FOR_PLAYERS: &str = "players ask for audio and video in pieces, for as long as they play: take stream; or say \
                           url_expires_in, the seconds for which a redirect's URL can be asked; or download_as";

/// A link's terms, besides its request.
struct Terms {
    expires_in: u64,
    uses: Option<u32>,
    stream: bool,
    confirm: bool,
    bind: Bind,
    grace: u64,
    url_expires_in: u64,
    max_bytes: Option<u64>,
    password: Option<Password>,
}

/// `POST /v1/links`
pub(in crate::api) async fn mint<P: Platform>(
    request: &Request<'_>,
    body: impl Body,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    let keys = edge.config.link_keys.as_ref().ok_or(Error::NoSuchRoute)?;
    let caller = caller(request, edge).await?;
    let asked: LinkRequest = from_json(&json_body(request, body, MAX_BODY_BYTES).await?)?;
    let (terms, mut asked) = Terms::of(asked, request)?;
    if asked.object.cacheable.is_some() {
        return Err(invalid("cacheable", "is not for links"));
    }
    // When the link is redeemed, another store may be the first one.
    if asked.object.store.is_none() {
        asked.object.store = Some(edge.config.store(None)?.name().to_owned());
    }
    check_password(&terms, &asked, edge.config)?;
    let mut kept = request_of_link(&mut asked, &terms)?;
    let wanted = asked.into_signing_request(edge.config)?;
    let operation = wanted.request.operation();
    if !matches!(operation, Operation::GetObject | Operation::PutObject) {
        return Err(invalid("operation", "a link is for GetObject or PutObject"));
    }

    let delivery = Delivery::Link { stream: terms.stream, uses: terms.uses };
    let mut permitted = permit(&wanted, delivery, Scene { caller: &caller, edge })?;
    permitted.line.record.via = "mint";
    let password = match &terms.password {
        Some(password) => {
            let (still, hash) = permitted.with(opening::hash(password, edge).await)?;
            permitted = still;
            Some(hash)
        }
        None => None,
    };
    let mut draft = Draft {
        issuer: caller.session.issuer.clone(),
        subject: caller.session.subject.clone(),
        rule: permitted.line.record.rule.clone(),
        expires_in: terms.expires_in.min(permitted.max_link_expires()),
        url_expires_in: terms.url_expires_in.min(permitted.max_url_expires().seconds().into()),
        max_bytes: terms.max_bytes.or(permitted.max_bytes()),
        shard: shard(edge),
        password,
        terms,
        request: kept.seal()?,
        keys,
    };
    // A request that can't be signed now can't become a link.
    let sender = if draft.terms.stream { Sender::Edge } else { Sender::Client };
    let seconds = draft.expires_in + draft.url_expires_in;
    let has_size = kept.object.parameters.get("content_length").is_some();
    permitted.of_link = Some(OfLink { seconds, has_size });
    let signable = permitted.signable(&wanted, sender).await?;
    let upload = signable.upload().cloned();
    if let Some(upload) = &upload {
        kept.object.key = Some(upload.inside.clone());
        draft.request = kept.seal()?;
    }
    if draft.seal(edge.now, edge).1.len() > MAX_TOKEN_BYTES {
        return Err(signable.refuse(invalid("key", "key and headers are too long for a link")));
    }
    let (method, headers) = (signable.what().method(), signable.what().headers());
    let paid = signable.pay().await?;
    // A slow ledger doesn't shorten the link's life.
    let (id, token) = draft.seal(paid.moment(), edge);
    paid.give(Some(id.expires_at()), |record| record.makes(&id));

    // The headers that the recipient has to send; the length is checked when the link is redeemed.
    let headers = headers.into_iter().filter(|(name, _)| name != "content-length").collect();
    Ok(Response::of(&LinkAnswer {
        url: format!("{}{LINK_PATH}{token}", request.edge_origin),
        id: id.as_str().to_owned(),
        method: method.as_str(),
        headers: Pairs(headers),
        expires_at: id.expires_at(),
        upload,
    }))
}

impl Terms {
    /// The terms, and the link's request.
    fn of(asked: LinkRequest, request: &Request<'_>) -> Result<(Self, PresignRequest), Error> {
        let Uses(uses) = asked.uses.unwrap_or(Uses(Some(1)));
        let is_played = is_for_players(&asked.request);
        let stream = asked.delivery == Some(LinkDelivery::Stream);
        if is_played && !stream && asked.url_expires_in.is_none() {
            return Err(invalid("delivery", FOR_PLAYERS));
        }
        let terms = Self {
            expires_in: asked.expires_in.map_or(DEFAULT_EXPIRES_IN, |LinkExpiresIn(s)| s),
            uses,
            stream,
            confirm: asked.confirm == Some(true),
            bind: bind(asked.bind.as_deref().unwrap_or("none"), request)?,
            grace: asked.grace.map_or(if is_played { GRACE_OF_PLAYERS } else { 0 }, |Seconds(s)| s),
            url_expires_in: asked.url_expires_in.map_or(DEFAULT_URL_EXPIRES_IN, |Seconds(s)| s),
            max_bytes: asked.max_bytes.map(|Whole(bytes)| bytes),
            password: asked.password,
        };
        Ok((terms, asked.request))
    }
}

/// Whether browsers hand the object to a player, which fetches pieces for as long as it plays. Other files are fetched
/// in one piece.
fn is_for_players(asked: &PresignRequest) -> bool {
    let object = &asked.object;
    let is_shown = asked.operation == Operation::GetObject && object.download_as.is_none();
    let by_name = object.key.as_ref().is_some_and(|key| is_played(key.as_str()));
    let by_type = object.parameters.get("response.content_type");
    let by_type = by_type.is_some_and(|of| of.starts_with("audio/") || of.starts_with("video/"));
    is_shown && (by_name || by_type)
}

fn bind(text: &str, request: &Request<'_>) -> Result<Bind, Error> {
    let help = "has to be none, subject, network (the one that this request comes from) or a range such \
                as 192.0.2.0/24";
    match text {
        "none" => Ok(Bind::Holder),
        "subject" => Ok(Bind::Subject),
        "network" => {
            let address = request.header(&CLIENT_ADDRESS).unwrap_or_default();
            let unknown =
                || invalid("bind", "the network that this request comes from is not known");
            Network::around(&address).map(Bind::Network).ok_or_else(unknown)
        }
        range => Network::parse(range).map(Bind::Network).ok_or_else(|| invalid("bind", help)),
    }
}

/// The header in which Cloudflare gives the client's address.
pub(in crate::api) const CLIENT_ADDRESS: HeaderName = HeaderName::from_static("cf-connecting-ip");

/// The request as the link keeps it. An upload never replaces anything. If its size isn't bound, the rules decide on
/// the largest one allowed.
fn request_of_link(asked: &mut PresignRequest, terms: &Terms) -> Result<PresignRequest, Error> {
    let is_upload = asked.operation == Operation::PutObject;
    let parameters = &mut asked.object.parameters;
    if is_upload {
        if terms.confirm {
            return Err(invalid("confirm", "is for GetObject: an upload has no page"));
        }
        parameters.set("create_only", true.to_string());
    }
    let has_length = parameters.get("content_length").is_some();
    let kept = asked.clone();
    match terms.max_bytes {
        Some(_) if !is_upload => return Err(invalid("max_bytes", "is for PutObject")),
        Some(_) if has_length => {
            return Err(invalid("max_bytes", "can't be combined with content_length"));
        }
        Some(most) => {
            asked.object.parameters.set("content_length", most.to_string());
        }
        None => {}
    }
    Ok(kept)
}

/// Refuses a password if it can't be asked for, or if its tries can't be counted.
fn check_password(terms: &Terms, asked: &PresignRequest, config: &Config) -> Result<(), Error> {
    if terms.password.is_none() {
        return Ok(());
    }
    if config.one_time.ledger == LedgerKind::Kv {
        let help = "needs a ledger that counts tries exactly: ledger = \"durable\" or \"layered\"";
        return Err(invalid("password", help));
    }
    if asked.operation == Operation::PutObject && terms.stream {
        let help =
            "is sent with POST, and an upload with stream takes none: take delivery redirect";
        return Err(invalid("password", help));
    }
    Ok(())
}

/// A link whose beginning isn't known yet.
struct Draft<'a> {
    issuer: String,
    subject: String,
    rule: String,
    expires_in: u64,
    url_expires_in: u64,
    max_bytes: Option<u64>,
    password: Option<PasswordHash>,
    shard: Shard,
    terms: Terms,
    request: Box<RawValue>,
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
            expires_in: Some(self.expires_in),
            stream: terms.stream,
            confirm: terms.confirm,
            grace: terms.grace,
            url_expires_in: self.url_expires_in,
            max_bytes: self.max_bytes,
            bind: terms.bind,
            password: self.password.clone(),
            request: self.request.clone(),
        };
        (id, keys.seal(link, &edge.platform.random()))
    }
}

/// The shard that records a link's uses.
fn shard<P: Client + Random>(edge: &Edge<'_, P>) -> Shard {
    let random: [u8; 2] = edge.platform.random();
    let location_hint = edge.platform.location_hint().or(edge.config.one_time.location_hint);
    let OneTimeSettings { jurisdiction, shards, .. } = edge.config.one_time;
    Shard { jurisdiction, location_hint, number: u16::from_be_bytes(random) % shards }
}
