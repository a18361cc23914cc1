use serde::Deserialize;
use worker::durable::ObjectNamespace;
use worker::{
    DurableObject, Env, Request, Response, Result, SqlStorageValue, State, durable_object,
};

use crate::one_time::{Ledger, LedgerUnavailable, Spend, SpendId};
use crate::time::Timestamp;

/// How often an object deletes rows that have expired, in milliseconds.
const SWEEP_EVERY_MS: i64 = 3_600_000;

/// Spends in Durable Objects: exact. All spends of an id go to one object, which has one thread and
/// decides by one SQL statement.
pub(super) struct DurableLedger(std::result::Result<ObjectNamespace, LedgerUnavailable>);

impl DurableLedger {
    pub(super) fn new(namespace: Result<ObjectNamespace>) -> Self {
        Self(namespace.map_err(|error| LedgerUnavailable(error.to_string())))
    }
}

impl Ledger for DurableLedger {
    async fn spend(
        &self,
        id: &SpendId,
        now: Timestamp,
        until: Timestamp,
    ) -> std::result::Result<Spend, LedgerUnavailable> {
        let namespace = self.0.as_ref().map_err(Clone::clone)?;
        let unavailable = |error: worker::Error| LedgerUnavailable(error.to_string());
        let object = namespace.get_by_name(shard(id)).map_err(unavailable)?;
        let (id, now, until) = (id.as_str(), now.unix_seconds(), until.unix_seconds());
        let url = format!("https://ledger/{id}/{now}/{until}");
        let answer = object.fetch_with_str(&url).await.map_err(unavailable)?;
        match answer.status_code() {
            201 => Ok(Spend::Fresh),
            200 => Ok(Spend::Used),
            status => Err(LedgerUnavailable(format!("the ledger's object answered {status}"))),
        }
    }
}

/// One of 256 objects: an id is a hash, and its first two digits are spread evenly.
fn shard(id: &SpendId) -> &str {
    id.as_str().get(..2).unwrap_or_default()
}

/// The object that records spends.
#[durable_object]
pub struct LedgerObject {
    state: State,
}

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "id")]
    _id: String,
}

impl DurableObject for LedgerObject {
    fn new(state: State, _env: Env) -> Self {
        let table =
            "CREATE TABLE IF NOT EXISTS spend (id TEXT PRIMARY KEY, until INTEGER) WITHOUT ROWID";
        if let Err(error) = state.storage().sql().exec(table, None) {
            // The first spend will fail for want of the table, and so be refused.
            worker::console_error!("ledger: {error}");
        }
        Self { state }
    }

    /// `/{id}/{now}/{until}`: 201 where this is the first spend, 200 where the id was spent.
    async fn fetch(&self, request: Request) -> Result<Response> {
        let path = request.path();
        let mut parts = path.trim_start_matches('/').split('/');
        let mut next = || parts.next().unwrap_or_default().to_owned();
        let id = next();
        let (Ok(now), Ok(until)) = (next().parse::<i64>(), next().parse::<i64>()) else {
            return Response::error("not a spend", 400);
        };
        // One statement, and nothing awaited before it: two requests can't both find the id fresh. A row
        // that has expired may be spent again.
        let statement = "INSERT INTO spend (id, until) VALUES (?, ?) ON CONFLICT (id) DO UPDATE \
             SET until = excluded.until WHERE spend.until <= ? RETURNING id";
        let bindings = vec![
            SqlStorageValue::String(id),
            SqlStorageValue::Integer(until),
            SqlStorageValue::Integer(now),
        ];
        let rows: Vec<Row> =
            self.state.storage().sql().exec(statement, Some(bindings))?.to_array()?;
        if rows.is_empty() {
            return Ok(Response::empty()?.with_status(200));
        }
        if self.state.storage().get_alarm().await?.is_none() {
            self.state.storage().set_alarm(SWEEP_EVERY_MS).await?;
        }
        Ok(Response::empty()?.with_status(201))
    }

    /// Deletes what has expired.
    async fn alarm(&self) -> Result<Response> {
        #[expect(clippy::cast_possible_truncation, reason = "seconds since 1970 fit")]
        let now = (js_sys::Date::now() / 1000.0) as i64;
        let sql = self.state.storage().sql();
        sql.exec("DELETE FROM spend WHERE until <= ?", Some(vec![SqlStorageValue::Integer(now)]))?;
        let left: Vec<Row> = sql.exec("SELECT id FROM spend LIMIT 1", None)?.to_array()?;
        if !left.is_empty() {
            self.state.storage().set_alarm(SWEEP_EVERY_MS).await?;
        }
        Response::empty()
    }
}
