use std::collections::HashMap;

use wasm_bindgen::prelude::wasm_bindgen;

use super::namespace::{Objects, TIME_TO_ARRIVE_MS, ask_in_time};
use crate::edge::clock::now_ms;
use crate::ledger::wire::{
    Answer, AskedLink, AskedUse, Letter, QUESTION_RANDOM_BYTES, Question, QuestionId,
};
use crate::ledger::{History, Judge, LedgerUnavailable, Shard, SpendId, Use, Verdict, join_all};
use crate::time::Timestamp;

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
        let letter = Letter {
            id: QuestionId::new(random),
            wait_until_ms: now_ms() + u64::from(TIME_TO_ARRIVE_MS),
            keeps_marks: self.keeps_marks,
            question,
        };
        let failed = |error: serde_json::Error| LedgerUnavailable(error.to_string());
        let letter = serde_json::to_string(&letter).map_err(failed)?;
        let answer = ask_in_time(|| self.objects.ask(shard, &letter)).await?;
        serde_json::from_str(&answer).map_err(failed)
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
