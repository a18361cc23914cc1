use js_sys::{Array, Object, Promise, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;
use worker::Env;

use crate::config::LEDGER;
use crate::edge::error_text::first_line;
use crate::edge::timer::Timer;
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
    pub(super) may_repeat: bool,
}

impl Silence {
    /// What the runtime threw (<https://developers.cloudflare.com/durable-objects/best-practices/error-handling/>).
    pub(super) fn of(error: &JsValue) -> Self {
        let is =
            |name: &str| Reflect::get(error, &name.into()).is_ok_and(|value| value.is_truthy());
        let is_lost = is("retryable") || is("durableObjectReset");
        let may_repeat = is_lost && !is("overloaded");
        Self { why: first_line(&format!("{error:?}")), may_repeat }
    }
}

impl Objects<'_> {
    /// Asks an object: a promise of its answer.
    pub(super) fn ask(&self, shard: Shard, letter: &str) -> Result<Promise, JsValue> {
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

/// Asks the object of that name: a promise of its answer.
pub(in crate::edge) fn ask_object(
    env: &Env,
    binding: &str,
    place: Place,
    name: &str,
    letter: &str,
) -> Result<Promise, JsValue> {
    let namespace = Reflect::get(env, &binding.into())?;
    if !namespace.is_object() {
        let missing = format!("there is no binding of the objects {binding}");
        return Err(js_sys::Error::new(&missing).into());
    }
    let mut namespace: Namespace = wasm_bindgen::JsCast::unchecked_into(namespace);
    if let Some(jurisdiction) = place.jurisdiction {
        namespace = namespace.jurisdiction(jurisdiction.as_str())?;
    }
    let options = Object::new();
    if let Some(region) = place.location_hint {
        Reflect::set(&options, &"locationHint".into(), &region.as_str().into())?;
    }
    let stub = namespace.get_by_name(name, &options)?;
    // What a call gives is no promise yet, only like one.
    Ok(Promise::resolve(&stub.ask(letter)?))
}

/// Asks until there is an answer, or time is up. A question that is repeated has the same name, so that it isn't counted
/// again.
pub(in crate::edge) async fn ask_in_time(
    ask: impl Fn() -> Result<Promise, JsValue>,
) -> Result<String, Silence> {
    let late = Timer::of(TIMEOUT_MS);
    let mut attempts = 1;
    loop {
        match ask_once(&ask, &late).await {
            Err(silence) if silence.may_repeat && attempts < ATTEMPTS => attempts += 1,
            answer => return answer,
        }
    }
}

async fn ask_once(
    ask: impl Fn() -> Result<Promise, JsValue>,
    late: &Timer,
) -> Result<String, Silence> {
    let silent = |error| Silence::of(&error);
    let asked = ask().map_err(silent)?;
    let first = Promise::race(&Array::of2(&asked, late.promise()));
    let first = JsFuture::from(first).await.map_err(silent)?;
    let why = || "the object is late, or says no text".to_owned();
    first.as_string().ok_or_else(|| Silence { why: why(), may_repeat: false })
}

impl From<Silence> for LedgerUnavailable {
    fn from(silence: Silence) -> Self {
        Self(silence.why)
    }
}
