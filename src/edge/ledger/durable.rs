use std::collections::HashMap;

use wasm_bindgen::prelude::wasm_bindgen;

use super::namespace::{Objects, Silence};
use crate::edge::clock::now_ms;
use crate::edge::runtime::within;
use crate::ledger::wire::{
    Answer, AskedLink, AskedUse, Letter, QUESTION_RANDOM_BYTES, Question, QuestionId,
};
use crate::ledger::{History, Judge, LedgerUnavailable, Shard, SpendId, Use, Verdict, join_all};
use crate::time::Timestamp;

/// How long an object may take to answer, in milliseconds. The runtime repeats by itself, for ten seconds, what has not
/// arrived; whoever gives up before gives up what may still be answered.
const TIMEOUT_MS: u32 = 12_000;
/// How long before that a question has to have reached its object, in milliseconds: what comes later is counted for
/// nobody, and recorded by nobody.
const TIME_TO_RETURN_MS: u32 = 1_000;
/// How often a question is asked whose answer was lost.
const ATTEMPTS: usize = 3;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn fill_random(bytes: &mut [u8]);
}

/// The ledger in Durable Objects: exact. All uses of an id go to one object, which has one thread and decides
/// by one SQL statement.
pub(in crate::edge) struct DurableLedger<'a> {
    pub(super) objects: Objects<'a>,
    /// Whether there are marks in front of it.
    pub(super) keeps_marks: bool,
}

impl DurableLedger<'_> {
    async fn ask(&self, shard: Shard, question: Question) -> Result<Answer, LedgerUnavailable> {
        let mut random = [0; QUESTION_RANDOM_BYTES];
        fill_random(&mut random);
        let end_ms = now_ms() + u64::from(TIMEOUT_MS);
        let letter = Letter {
            id: QuestionId::new(random),
            wait_until_ms: end_ms - u64::from(TIME_TO_RETURN_MS),
            keeps_marks: self.keeps_marks,
            question,
        };
        let failed = |error: serde_json::Error| LedgerUnavailable(error.to_string());
        let letter = serde_json::to_string(&letter).map_err(failed)?;
        let mut attempts = 1;
        let answer = loop {
            match self.ask_once(shard, &letter, end_ms).await {
                // It has the same name, so that it isn't counted again.
                Err(silence) if silence.may_repeat && attempts < ATTEMPTS => attempts += 1,
                answer => break answer?,
            }
        };
        serde_json::from_str(&answer).map_err(failed)
    }

    async fn ask_once(&self, shard: Shard, letter: &str, end_ms: u64) -> Result<String, Silence> {
        let silent = |error| Silence::of(&error);
        let asked = self.objects.ask(shard, letter).map_err(silent)?;
        let left_ms = end_ms.saturating_sub(now_ms()).try_into().unwrap_or(TIMEOUT_MS);
        let answer = within(&asked, left_ms, "the ledger's object").await.map_err(silent)?;
        let why = || "the ledger's object says no text".to_owned();
        answer.as_string().ok_or_else(|| Silence { why: why(), may_repeat: false })
    }
}

fn unexpected<T>() -> Result<T, LedgerUnavailable> {
    Err(LedgerUnavailable("the ledger's object answered something else".to_owned()))
}

impl Judge for DurableLedger<'_> {
    /// Each object is asked once, all at the same time.
    async fn judge(&self, uses: &[Use<'_>]) -> Vec<Result<Verdict, LedgerUnavailable>> {
        let mut by_shard: HashMap<Shard, Vec<usize>> = HashMap::new();
        for (place, one) in uses.iter().enumerate() {
            by_shard.entry(one.shard).or_default().push(place);
        }
        let asked = by_shard.into_iter().map(|(shard, places)| async move {
            let question = places.iter().map(|place| AskedUse::from(&uses[*place])).collect();
            let said = match self.ask(shard, Question::Spend(question)).await {
                Ok(Answer::Uses(said)) if said.len() == places.len() => Ok(said),
                Ok(_) => unexpected(),
                Err(why) => Err(why),
            };
            (places, said)
        });
        let mut verdicts: Vec<_> = uses.iter().map(|_| unexpected()).collect();
        for (places, said) in join_all(asked).await {
            for (number, place) in places.into_iter().enumerate() {
                verdicts[place] = match &said {
                    Ok(said) => said[number].verdict(),
                    Err(why) => Err(why.clone()),
                };
            }
        }
        verdicts
    }

    async fn foresee_verdict(&self, one: Use<'_>) -> Result<Verdict, LedgerUnavailable> {
        match self.ask(one.shard, Question::Foresee(AskedUse::from(&one))).await? {
            Answer::Uses(said) if said.len() == 1 => said[0].verdict(),
            _ => unexpected(),
        }
    }

    async fn revoke_for_all(
        &self,
        id: &SpendId,
        shard: Shard,
        until: Timestamp,
    ) -> Result<(), LedgerUnavailable> {
        match self.ask(shard, Question::Revoke(asked(id, until))).await? {
            Answer::Done => Ok(()),
            _ => unexpected(),
        }
    }

    async fn history_of(
        &self,
        id: &SpendId,
        shard: Shard,
        until: Timestamp,
    ) -> Result<History, LedgerUnavailable> {
        let answer = self.ask(shard, Question::History(asked(id, until))).await?;
        answer.history().map_or_else(unexpected, Ok)
    }
}

fn asked(id: &SpendId, until: Timestamp) -> AskedLink {
    AskedLink { id: id.clone(), until: until.unix_seconds() }
}
