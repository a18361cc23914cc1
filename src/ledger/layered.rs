use super::judge::{Judge, Verdict};
use super::kv::Entries;
use super::refusals::{Mark, Refusals};
use super::{History, Ledger, LedgerUnavailable, Shard, Spend, SpendId, Use};
use crate::time::Timestamp;

const SPENT: &str = "spent";
const REVOKED: &str = "revoked";
/// The shortest life of an entry of KV, in seconds. A mark that outlived its id's record would refuse a key that is
/// fresh again.
const SHORTEST: u64 = 60;

/// KV in front of an exact ledger. A mark in KV refuses at the nearest edge ids that are known to be spent or revoked;
/// the exact ledger judges everything else. A mark is written after the answer, when a use is refused for the first
/// time. A mark only ever refuses: if it is late, lost, or can't be written, nothing is let through.
#[derive(Debug)]
pub struct LayeredLedger<'a, E, J> {
    /// The entries with the marks.
    pub front: E,
    /// The ledger that decides.
    pub judge: J,
    /// The refusals that this isolate has seen.
    pub refusals: &'a Refusals,
}

/// Whether a mark may judge a use. Not for a browser that comes again: it may do so although all uses are spent, which
/// only the judge knows.
fn may_be_known(one: &Use<'_>) -> bool {
    !one.terms.browser().is_some_and(|browser| browser.came_before)
}

impl<E: Entries, J: Judge> LayeredLedger<'_, E, J> {
    /// Known refusals of uses, by this isolate or by KV.
    async fn known(&self, uses: &[Use<'_>]) -> Vec<Option<Spend>> {
        let by_isolate =
            |one: &Use<'_>| may_be_known(one).then(|| self.refusals.of(one.id, one.now)).flatten();
        let mut known: Vec<Option<Mark>> = uses.iter().map(by_isolate).collect();
        let unknown = |n: &usize| known[*n].is_none() && may_be_known(&uses[*n]);
        let unknown: Vec<usize> = (0..uses.len()).filter(unknown).collect();
        let names: Vec<String> = unknown.iter().map(|n| entry_name(uses[*n].id)).collect();
        let entries = self.front.get_all(&names).await.unwrap_or_default();
        for (n, text) in unknown.into_iter().zip(entries) {
            let Some((mark, until)) = text.as_deref().and_then(read_mark) else { continue };
            let Use { id, now, .. } = uses[n];
            match until {
                Some(until) if until <= now => continue,
                Some(until) => self.refusals.remember(id, mark, now, until),
                None => {}
            }
            known[n] = Some(mark);
        }
        let spend = |mark| match mark {
            Mark::Spent => Spend::Used,
            Mark::Revoked => Spend::Revoked,
        };
        known.into_iter().map(|mark| mark.map(spend)).collect()
    }

    /// Remembers a refusal, and writes a mark for a first one.
    fn learn(&self, one: &Use<'_>, verdict: Verdict) -> Spend {
        let mark = match verdict.spend {
            Spend::Used => Mark::Spent,
            Spend::Revoked => Mark::Revoked,
            spend => return spend,
        };
        if let Some(refusal) = verdict.refusal {
            self.refusals.remember(one.id, mark, one.now, refusal.until);
            if refusal.is_first {
                self.put_mark(one.id, mark, one.now, refusal.until);
            }
        }
        verdict.spend
    }

    fn put_mark(&self, id: &SpendId, mark: Mark, now: Timestamp, until: Timestamp) {
        let seconds = now.seconds_until(until);
        if seconds >= SHORTEST {
            let word = match mark {
                Mark::Spent => SPENT,
                Mark::Revoked => REVOKED,
            };
            let value = format!("{word} {}", until.unix_seconds());
            self.front.put_behind(entry_name(id), value, seconds);
        }
    }
}

impl<E: Entries, J: Judge> Ledger for LayeredLedger<'_, E, J> {
    async fn spend(&self, one: Use<'_>) -> Result<Spend, LedgerUnavailable> {
        let nothing = || Err(LedgerUnavailable("the ledger gave no answer".to_owned()));
        self.spend_all(&[one]).await.pop().unwrap_or_else(nothing)
    }

    async fn spend_all(&self, uses: &[Use<'_>]) -> Vec<Result<Spend, LedgerUnavailable>> {
        let known = self.known(uses).await;
        let open = uses.iter().zip(&known).filter(|(_, known)| known.is_none());
        let open: Vec<Use<'_>> = open.map(|(one, _)| *one).collect();
        let verdicts = if open.is_empty() { Vec::new() } else { self.judge.judge(&open).await };
        let mut verdicts = verdicts.into_iter();
        let spend = |(one, known): (&Use<'_>, Option<Spend>)| match known {
            Some(spend) => Ok(spend),
            None => match verdicts.next() {
                Some(verdict) => Ok(self.learn(one, verdict?)),
                None => Err(LedgerUnavailable("the ledger gave no answer for a use".to_owned())),
            },
        };
        uses.iter().zip(known).map(spend).collect()
    }

    async fn foresee(&self, one: Use<'_>) -> Result<Spend, LedgerUnavailable> {
        match self.known(&[one]).await.pop().flatten() {
            Some(known) => Ok(known),
            None => Ok(self.learn(&one, self.judge.foresee_verdict(one).await?)),
        }
    }

    async fn revoke(
        &self,
        id: &SpendId,
        shard: Shard,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), LedgerUnavailable> {
        self.judge.revoke_for_all(id, shard, until).await?;
        self.refusals.remember(id, Mark::Revoked, now, until);
        self.put_mark(id, Mark::Revoked, now, until);
        Ok(())
    }

    async fn history(
        &self,
        id: &SpendId,
        shard: Shard,
        until: Timestamp,
    ) -> Result<History, LedgerUnavailable> {
        self.judge.history_of(id, shard, until).await
    }
}

/// A mark and its end, which marks of earlier versions don't have.
fn read_mark(text: &str) -> Option<(Mark, Option<Timestamp>)> {
    let (word, until) = match text.split_once(' ') {
        Some((word, until)) => (word, Some(Timestamp::from_unix_seconds(until.parse().ok()?))),
        None => (text, None),
    };
    match word {
        SPENT => Some((Mark::Spent, until)),
        REVOKED => Some((Mark::Revoked, until)),
        _ => None,
    }
}

fn entry_name(id: &SpendId) -> String {
    format!("mark/{}", id.as_str())
}
