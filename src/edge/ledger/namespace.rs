use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::config::LEDGER;
use crate::edge::clock::now_ms;
use crate::edge::runtime::{Env, binding, error_text, within};
use crate::ledger::{Jurisdiction, LedgerUnavailable, LocationHint, Shard};

/// How long an object may take to answer, in milliseconds. The runtime repeats by itself, for ten seconds, what has not
/// arrived; whoever gives up before gives up what may still be answered.
const TIMEOUT_MS: u32 = 12_000;
/// How long before that a question has to have reached its object, in milliseconds: what comes later is counted for
/// nobody, and recorded by nobody.
const TIME_TO_RETURN_MS: u32 = 1_000;
/// How long a question may take to its object, in milliseconds.
pub(in crate::edge) const TIME_TO_ARRIVE_MS: u32 = TIMEOUT_MS - TIME_TO_RETURN_MS;
/// How often a question is asked whose answer was lost.
const ATTEMPTS: usize = 3;

#[wasm_bindgen]
extern "C" {
    /// The objects of a class.
    #[derive(Clone)]
    type Namespace;

    #[wasm_bindgen(method, catch, js_name = getByName)]
    fn get_by_name(this: &Namespace, name: &str, options: &Object) -> Result<Stub, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn jurisdiction(this: &Namespace, name: &str) -> Result<Namespace, JsValue>;

    /// An object, from afar.
    type Stub;

    #[wasm_bindgen(method, catch)]
    fn ask(this: &Stub, letter: &str) -> Result<JsValue, JsValue>;
}

/// The objects of the ledger.
pub(super) struct Objects<'a>(pub(super) &'a Env);

/// Why an object didn't answer.
pub(in crate::edge) struct Silence {
    pub(in crate::edge) why: String,
    /// Whether the same question may be asked again: it didn't arrive, or the object went before it had answered.
    pub(in crate::edge) may_repeat: bool,
}

impl Silence {
    /// What the runtime threw (<https://developers.cloudflare.com/durable-objects/best-practices/error-handling/>).
    pub(in crate::edge) fn of(error: &JsValue) -> Self {
        let is =
            |name: &str| Reflect::get(error, &name.into()).is_ok_and(|value| value.is_truthy());
        let is_lost = is("retryable") || is("durableObjectReset");
        let may_repeat = is_lost && !is("overloaded");
        Self { why: error_text(error), may_repeat }
    }
}

impl Objects<'_> {
    /// Asks an object: what is like a promise of its answer.
    pub(super) fn ask(&self, shard: Shard, letter: &str) -> Result<JsValue, JsValue> {
        let Shard { jurisdiction, location_hint, .. } = shard;
        let place = Place { jurisdiction, location_hint };
        ask_object(self.0, LEDGER, place, &shard.object_name(), letter)
    }
}

/// Where an object lives.
#[derive(Clone, Copy, Default)]
pub(in crate::edge) struct Place {
    pub(in crate::edge) jurisdiction: Option<Jurisdiction>,
    pub(in crate::edge) location_hint: Option<LocationHint>,
}

/// Asks the object of that name: what is like a promise of its answer.
pub(in crate::edge) fn ask_object(
    env: &Env,
    class: &str,
    place: Place,
    name: &str,
    letter: &str,
) -> Result<JsValue, JsValue> {
    let mut namespace: Namespace = binding(env, class)?;
    if let Some(jurisdiction) = place.jurisdiction {
        namespace = namespace.jurisdiction(jurisdiction.as_str())?;
    }
    let options = Object::new();
    if let Some(region) = place.location_hint {
        Reflect::set(&options, &"locationHint".into(), &region.as_str().into())?;
    }
    namespace.get_by_name(name, &options)?.ask(letter)
}

/// Asks until there is an answer, or time is up. A question that is repeated has the same name, so that it isn't counted
/// again.
pub(in crate::edge) async fn ask_in_time(
    ask: impl Fn() -> Result<JsValue, JsValue>,
) -> Result<String, Silence> {
    let end_ms = now_ms() + u64::from(TIMEOUT_MS);
    let mut attempts = 1;
    loop {
        match ask_once(&ask, end_ms).await {
            Err(silence) if silence.may_repeat && attempts < ATTEMPTS => attempts += 1,
            answer => return answer,
        }
    }
}

async fn ask_once(
    ask: impl Fn() -> Result<JsValue, JsValue>,
    end_ms: u64,
) -> Result<String, Silence> {
    let silent = |error| Silence::of(&error);
    let asked = ask().map_err(silent)?;
    let left_ms = end_ms.saturating_sub(now_ms()).try_into().unwrap_or(TIMEOUT_MS);
    let answer = within(&asked, left_ms, "the object").await.map_err(silent)?;
    let why = || "the object says no text".to_owned();
    answer.as_string().ok_or_else(|| Silence { why: why(), may_repeat: false })
}

impl From<Silence> for LedgerUnavailable {
    fn from(silence: Silence) -> Self {
        Self(silence.why)
    }
}
