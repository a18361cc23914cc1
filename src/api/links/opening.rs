//! A link with a password: reading a tried one and checking it. The ledger counts each tried password before its hash
//! is checked, so parallel guesses gain nothing.

use http::header;
use serde::{Deserialize, Deserializer};

use super::redemption::Redemption;
use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::wire::error::Error;
use crate::api::wire::message::{Body, BodyFault, Request};
use crate::api::wire::read::{from_json, from_query, json_body};
use crate::config::LedgerKind;
use crate::crypto::{HashFailed, PASSWORD_SALT_BYTES};
use crate::ledger::{Browser, LedgerUnavailable, Spend, SpendId, Terms, Use};
use crate::link::{LinkKeys, Password, PasswordHash};
use crate::time::Timestamp;

/// More than a password of 1,024 bytes needs with every byte escaped.
pub(in crate::api) const MAX_BODY_BYTES: usize = 8 * 1024;
/// How many different passwords can be tried for a link in an hour.
pub(in crate::api) const MOST_TRIES: u32 = 10;
/// Seconds of that hour, which begins when the clock's does.
const HOUR: u64 = 3600;
/// How much longer an hour's tries are kept: the ledger's clock may be behind.
const SPARE: u64 = 60;

/// A request that opens a link.
#[derive(Debug, Deserialize)]
struct LinkOpening {
    /// The link's password.
    password: Option<Tried>,
}

/// A tried password.
#[derive(Clone, Debug)]
pub(in crate::api) struct Tried(pub(super) Password);

impl<'de> Deserialize<'de> for Tried {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Password::tried(String::deserialize(deserializer)?)))
    }
}

/// The password of a download's request: a field of a form, as the page sends it, or of JSON.
pub(super) async fn read(request: &Request<'_>, body: impl Body) -> Result<Option<Tried>, Error> {
    let content_type = request.header(&header::CONTENT_TYPE).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let opening: LinkOpening = if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    {
        let form = body.read(MAX_BODY_BYTES).await.map_err(|fault| match fault {
            BodyFault::TooLarge => Error::BodyTooLarge { limit: MAX_BODY_BYTES },
            BodyFault::Interrupted => {
                Error::MalformedBody("it ended before it was whole.".to_owned())
            }
        })?;
        let form = String::from_utf8(form);
        from_query(&form.map_err(|_| Error::MalformedBody("it isn't UTF-8.".to_owned()))?)?
    } else {
        from_json(&json_body(request, body, MAX_BODY_BYTES).await?)?
    };
    Ok(opening.password)
}

/// Hashes the password of a new link.
pub(super) async fn hash<P: Platform>(
    password: &Password,
    edge: &Edge<'_, P>,
) -> Result<PasswordHash, Error> {
    let salt: [u8; PASSWORD_SALT_BYTES] = edge.platform.random();
    PasswordHash::of(password, salt, edge.platform).await.map_err(failed)
}

fn failed(HashFailed(why): HashFailed) -> Error {
    Error::PasswordUnavailable(why)
}

/// Refuses a caller without the right password. A password that was tried within the hour doesn't count again.
pub(super) async fn check<P: Platform>(
    tried: Option<&Tried>,
    password: &PasswordHash,
    redemption: &Redemption<'_, P>,
    keys: &LinkKeys,
) -> Result<(), Error> {
    let Tried(tried) = tried.ok_or(Error::PasswordMissing)?;
    let Redemption { link, edge, .. } = redemption;
    if edge.config.one_time.ledger == LedgerKind::Kv {
        let why = "KV can't count tries exactly; links with passwords need another ledger";
        return Err(LedgerUnavailable(why.to_owned()).into());
    }
    let hour = edge.now.unix_seconds() / HOUR;
    let over = Timestamp::from_unix_seconds((hour + 1) * HOUR);
    let id = SpendId::of_tries(link.id.as_str(), hour);
    let name = tried.name_of_try(&link.id, keys);
    let browser = Browser { hash: &name, grace: HOUR + SPARE, came_before: true };
    let one_try = Use {
        id: &id,
        shard: link.id.shard(),
        now: edge.now,
        until: over.plus(SPARE),
        terms: Terms::Link { most: Some(MOST_TRIES), browser: Some(browser) },
    };
    let left = match edge.platform.spend(one_try).await? {
        Spend::Fresh { left } => left,
        Spend::Again => None,
        Spend::Used => {
            return Err(Error::TooManyTries { retry_after: edge.now.seconds_until(over).max(1) });
        }
        Spend::Revoked | Spend::Expired | Spend::Full => {
            let why = "the ledger doesn't count a password's tries";
            return Err(LedgerUnavailable(why.to_owned()).into());
        }
    };
    let is_right = password.is_of(tried, edge.platform).await.map_err(failed)?;
    if is_right { Ok(()) } else { Err(Error::PasswordWrong { left }) }
}
