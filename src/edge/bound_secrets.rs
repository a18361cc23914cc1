//! Secrets that are bindings to a Secrets Store: each is asked for its text.

use std::collections::HashMap;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

use super::runtime::{Env, binding, error_text, within};
use crate::variables::Fault;

/// How long all of them together are waited for.
const PATIENCE_MS: u32 = 10_000;

#[wasm_bindgen]
extern "C" {
    type BoundSecret;

    // Called as a method: it is a stub, on which each name is one of the other side's.
    #[wasm_bindgen(method, catch)]
    fn get(this: &BoundSecret) -> Result<JsValue, JsValue>;
}

/// The texts of these bindings, or what is wrong with each that gives none.
pub(super) async fn ask(
    env: &Env,
    names: Vec<String>,
) -> Result<HashMap<String, String>, Vec<Fault>> {
    // All are under way, and each refusal has who hears it, before the first is waited for.
    let calls: Vec<_> = names.iter().map(|name| call(env, name)).collect();
    let (mut texts, mut faults) = (HashMap::new(), Vec::new());
    for (name, call) in names.into_iter().zip(calls) {
        let answer = match call {
            Ok(asked) => asked.await.map_err(|error| error_text(&error)),
            Err(why) => Err(why),
        };
        match answer.as_ref().map(JsValue::as_string) {
            Ok(Some(text)) => drop(texts.insert(name, text)),
            Ok(None) => faults.push(fault(name, "it gives no text")),
            Err(why) => faults.push(fault(name, why)),
        }
    }
    if faults.is_empty() { Ok(texts) } else { Err(faults) }
}

fn call(env: &Env, name: &str) -> Result<JsFuture, String> {
    let asked = binding::<BoundSecret>(env, name)?.get().map_err(|error| error_text(&error))?;
    Ok(within(&asked, PATIENCE_MS, "the Secrets Store"))
}

fn fault(path: String, why: &str) -> Fault {
    let detail =
        format!("the binding to the Secrets Store can't be read, and is asked again: {why}");
    Fault { path, detail }
}
