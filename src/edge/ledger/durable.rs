use js_sys::{Array, Promise};
use serde::Deserialize;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use worker::durable::ObjectNamespace;

use crate::edge::error_text::first_line;
use crate::edge::timer::Timer;
use crate::ledger::{History, Ledger, LedgerUnavailable, Shard, Spend, SpendId, Use};
use crate::time::Timestamp;

/// How long an object may take to answer, in milliseconds. One that is far away and starts takes a fraction.
const TIMEOUT_MS: u32 = 5_000;

/// The ledger in Durable Objects: exact. All uses of an id go to one object, which has one thread and decides
/// by one SQL statement.
pub(in crate::edge) struct DurableLedger(pub(in crate::edge) worker::Result<ObjectNamespace>);

/// What an object answers.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Fresh(Option<u32>),
    Again,
    Used,
    Revoked,
    Expired,
    Done,
    History { count: u32, at: Vec<u64>, revoked: bool },
}

impl DurableLedger {
    async fn ask(&self, shard: Shard, path: String) -> Result<Answer, LedgerUnavailable> {
        let unavailable = |error: &worker::Error| LedgerUnavailable(first_line(&error.to_string()));
        let namespace = self.0.as_ref().map_err(unavailable)?;
        let name = shard.object_name();
        let object = match shard.location_hint {
            Some(region) => namespace.get_by_name_with_location_hint(&name, region.as_str()),
            None => namespace.get_by_name(&name),
        };
        let object = object.map_err(|error| unavailable(&error))?;
        let asked = future_to_promise(async move {
            let mut answer = object.fetch_with_str(&format!("https://ledger/{path}")).await?;
            let status = answer.status_code();
            let text = answer.text().await?;
            if status == 200 {
                Ok(JsValue::from(text))
            } else {
                Err(JsValue::from(format!("the ledger's object answered {status}")))
            }
        });
        let late = Timer::of(TIMEOUT_MS);
        let first = JsFuture::from(Promise::race(&Array::of2(&asked, late.promise()))).await;
        let first = first.map_err(|error| LedgerUnavailable(first_line(&format!("{error:?}"))))?;
        let text = first.as_string();
        let text =
            text.ok_or_else(|| LedgerUnavailable("the ledger's object is late".to_owned()))?;
        serde_json::from_str(&text).map_err(|error| LedgerUnavailable(error.to_string()))
    }

    async fn ask_of_use(&self, what: &str, one: Use<'_>) -> Result<Spend, LedgerUnavailable> {
        let (now, until) = (one.now.unix_seconds(), one.until.unix_seconds());
        let most = one.most.unwrap_or(0);
        let history = u8::from(one.keeps_history);
        let browser = one.browser.map_or_else(String::new, |h| format!("/{}/{}", h.hash, h.grace));
        let path = format!("{what}/{}/{most}/{now}/{until}/{history}{browser}", one.id.as_str());
        match self.ask(one.shard, path).await? {
            Answer::Fresh(left) => Ok(Spend::Fresh { left }),
            Answer::Again => Ok(Spend::Again),
            Answer::Used => Ok(Spend::Used),
            Answer::Revoked => Ok(Spend::Revoked),
            Answer::Expired => Ok(Spend::Expired),
            Answer::Done | Answer::History { .. } => unexpected(),
        }
    }
}

fn unexpected<T>() -> Result<T, LedgerUnavailable> {
    Err(LedgerUnavailable("the ledger's object answered something else".to_owned()))
}

impl Ledger for DurableLedger {
    async fn spend(&self, one: Use<'_>) -> Result<Spend, LedgerUnavailable> {
        self.ask_of_use("spend", one).await
    }

    async fn foresee(&self, one: Use<'_>) -> Result<Spend, LedgerUnavailable> {
        self.ask_of_use("foresee", one).await
    }

    async fn revoke(
        &self,
        id: &SpendId,
        shard: Shard,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), LedgerUnavailable> {
        let (now, until) = (now.unix_seconds(), until.unix_seconds());
        match self.ask(shard, format!("revoke/{}/{now}/{until}", id.as_str())).await? {
            Answer::Done => Ok(()),
            _ => unexpected(),
        }
    }

    async fn history(
        &self,
        id: &SpendId,
        shard: Shard,
        now: Timestamp,
    ) -> Result<History, LedgerUnavailable> {
        match self.ask(shard, format!("history/{}/{}", id.as_str(), now.unix_seconds())).await? {
            Answer::History { count, at, revoked } => {
                let at = at.into_iter().map(Timestamp::from_unix_seconds).collect();
                Ok(History { count, at, revoked })
            }
            _ => unexpected(),
        }
    }
}
