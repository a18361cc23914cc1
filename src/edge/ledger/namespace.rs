use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::config::LEDGER;
use crate::edge::runtime::{Env, binding, error_text};
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
pub(super) struct Silence {
    pub(super) why: String,
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
        Self { why: error_text(error), may_repeat }
    }
}

impl Objects<'_> {
    /// Asks an object: what is like a promise of its answer.
    pub(super) fn ask(&self, shard: Shard, letter: &str) -> Result<JsValue, JsValue> {
        let mut namespace: Namespace = binding(self.0, LEDGER)?;
        if let Some(jurisdiction) = shard.jurisdiction {
            namespace = namespace.jurisdiction(jurisdiction.as_str())?;
        }
        let options = Object::new();
        if let Some(region) = shard.location_hint {
            Reflect::set(&options, &"locationHint".into(), &region.as_str().into())?;
        }
        let stub = namespace.get_by_name(&shard.object_name(), &options)?;
        stub.ask(letter)
    }
}

impl From<Silence> for LedgerUnavailable {
    fn from(silence: Silence) -> Self {
        Self(silence.why)
    }
}
