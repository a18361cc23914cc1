//! Rate limits. A request is counted before any costlier step; one that can't be counted is refused.

use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::wire::error::Error;
use crate::config::{Counter, OneTimeSettings, RateLimit};
use crate::ledger::{Shard, SpendId, Terms, Use};
use crate::time::Timestamp;

/// Whose requests are counted together.
#[derive(Clone, Copy, Debug)]
pub(in crate::api) enum Whose<'a> {
    /// A subject of an issuer.
    Subject(&'a str, &'a str),
    /// Callers behind the address that Cloudflare names. All callers without an address share one count.
    Network(Option<&'a str>),
    /// Everybody who has the link with this id in the ledger.
    Link(&'a SpendId),
}

/// Seconds by which the clock of the ledger's object may be ahead.
const CLOCKS_DIFFER: u64 = 60;

impl Whose<'_> {
    const fn kind(self) -> &'static str {
        match self {
            Self::Subject(..) => "subject",
            Self::Network(_) => "network",
            Self::Link(_) => "link",
        }
    }

    /// A name of fixed length for a value of any length.
    fn id(self, until: u64) -> SpendId {
        let who = match self {
            Self::Subject(issuer, subject) => format!("{} {issuer} {subject}", issuer.len()),
            Self::Network(network) => network.unwrap_or("unknown").to_owned(),
            Self::Link(id) => id.as_str().to_owned(),
        };
        SpendId::of_limit(self.kind(), &who, until)
    }
}

/// Counts a request, and refuses it beyond the limit.
pub(in crate::api) async fn count<P: Platform>(
    limit: &RateLimit,
    whose: Whose<'_>,
    edge: &Edge<'_, P>,
) -> Result<(), Error> {
    let (kind, period) = (whose.kind(), limit.period);
    let refused = |retry_after| Err(Error::RateLimited { whose: kind, retry_after });
    match &limit.counter {
        Counter::Binding(binding) => {
            let id = whose.id(0);
            let is_within = edge.platform.is_within(binding, id.as_str()).await?;
            if is_within { Ok(()) } else { refused(period) }
        }
        Counter::Ledger(most) => {
            let now = edge.now.unix_seconds();
            let end = (now / period + 1) * period;
            let id = whose.id(end);
            let OneTimeSettings { jurisdiction, location_hint, shards, .. } = edge.config.one_time;
            let one = Use {
                id: &id,
                shard: Shard::of(&id, jurisdiction, location_hint, shards),
                now: edge.now,
                until: Timestamp::from_unix_seconds(end + CLOCKS_DIFFER),
                terms: Terms::Link { most: Some(*most), browser: None },
            };
            if edge.platform.count(one).await?.is_granted() { Ok(()) } else { refused(end - now) }
        }
    }
}
