//! What counts requests: rate limiting bindings, and the ledger's objects.

use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

use super::platform::WorkerPlatform;
use super::runtime::{binding, error_text, within};
use crate::api::{Limiter, LimiterUnavailable};
use crate::ledger::{Judge, Spend, Use};

/// How long a binding may take, in milliseconds: it counts in the place where it is asked.
const TIMEOUT_MS: u32 = 2_000;

#[wasm_bindgen]
extern "C" {
    type RateLimiter;

    #[wasm_bindgen(method, catch)]
    fn limit(this: &RateLimiter, options: &Object) -> Result<JsValue, JsValue>;
}

fn failed(error: &JsValue) -> LimiterUnavailable {
    LimiterUnavailable(error_text(error))
}

impl WorkerPlatform<'_> {
    fn ask_limiter(&self, name: &str, key: &str) -> Result<JsFuture, JsValue> {
        let limiter: RateLimiter = binding(self.env, name)?;
        let options = Object::new();
        Reflect::set(&options, &"key".into(), &key.into())?;
        Ok(within(&limiter.limit(&options)?, TIMEOUT_MS, name))
    }
}

impl Limiter for WorkerPlatform<'_> {
    async fn is_within(&self, binding: &str, key: &str) -> Result<bool, LimiterUnavailable> {
        let asked = self.ask_limiter(binding, key).map_err(|error| failed(&error))?;
        let answer = asked.await.map_err(|error| failed(&error))?;
        let success = Reflect::get(&answer, &"success".into()).ok().and_then(|it| it.as_bool());
        success.ok_or_else(|| LimiterUnavailable(format!("{binding} doesn't say success")))
    }

    async fn count(&self, one: Use<'_>) -> Result<Spend, LimiterUnavailable> {
        let said = self.objects(false).judge(&[one]).await.pop();
        let nothing = || LimiterUnavailable("the ledger's object gave no answer".to_owned());
        Ok(said.ok_or_else(nothing)??.spend)
    }
}
