use wasm_bindgen::prelude::wasm_bindgen;

use crate::api::Quotas;
use crate::config::{Config, QUOTA};
use crate::edge::clock::now_ms;
use crate::edge::ledger::namespace::{Place, TIME_TO_ARRIVE_MS, ask_in_time, ask_object};
use crate::edge::platform::WorkerPlatform;
use crate::edge::runtime::Env;
use crate::quota::wire::{Answer, Letter, QUESTION_RANDOM_BYTES, Question, QuestionId};
use crate::quota::{Holder, QuotaUnavailable};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn fill_random(bytes: &mut [u8]);
}

impl Quotas for WorkerPlatform<'_> {
    async fn ask_quotas(
        &self,
        holder: &Holder,
        question: Question,
    ) -> Result<Answer, QuotaUnavailable> {
        ask_quota(self.env, self.isolate.config.as_ref().ok(), holder, question).await
    }
}

/// Asks the object that keeps the quotas of a subject.
pub(in crate::edge) async fn ask_quota(
    env: &Env,
    config: Option<&Config>,
    holder: &Holder,
    question: Question,
) -> Result<Answer, QuotaUnavailable> {
    let mut random = [0; QUESTION_RANDOM_BYTES];
    fill_random(&mut random);
    let letter = Letter {
        id: QuestionId::new(random),
        wait_until_ms: now_ms() + u64::from(TIME_TO_ARRIVE_MS),
        question,
    };
    let failed = |error: serde_json::Error| QuotaUnavailable(error.to_string());
    let letter = serde_json::to_string(&letter).map_err(failed)?;
    let place = config.map_or_else(Place::default, |config| Place {
        jurisdiction: config.one_time.jurisdiction,
        location_hint: config.one_time.location_hint,
    });
    let ask = || ask_object(env, QUOTA, place, holder.as_str(), &letter);
    let answer = ask_in_time(ask).await.map_err(|silence| QuotaUnavailable(silence.why))?;
    serde_json::from_str(&answer).map_err(failed)
}
