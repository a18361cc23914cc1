use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::Env;

use crate::config::LEDGER;
use crate::edge::error_text::first_line;
use crate::ledger::{LedgerUnavailable, Shard};

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
        Self { why: first_line(&format!("{error:?}")), may_repeat }
    }
}

impl Objects<'_> {
    /// Asks an object: a promise of its answer.
    pub(super) fn ask(&self, shard: Shard, letter: &str) -> Result<Promise, JsValue> {
        ask_object(self.0, LEDGER, shard, &shard.object_name(), letter)
    }
}

/// Asks the object of that name, of a binding's class, in a shard's place.
pub(in crate::edge) fn ask_object(
    env: &Env,
    binding: &str,
    place: Shard,
    name: &str,
    letter: &str,
) -> Result<Promise, JsValue> {
    let namespace = Reflect::get(env, &binding.into())?;
    if !namespace.is_object() {
        let why = format!("there is no binding {binding} of objects");
        return Err(js_sys::Error::new(&why).into());
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

impl From<Silence> for LedgerUnavailable {
    fn from(silence: Silence) -> Self {
        Self(silence.why)
    }
}
