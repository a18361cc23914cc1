use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;

use js_sys::JSON;
use serde_json::Value;
use wasm_bindgen::prelude::wasm_bindgen;

use super::runtime::Env;
use crate::config::Environment;

thread_local! {
    /// The files that were beside `wrangler.toml` when the Worker was built, by their names.
    static FILES: OnceCell<Value> = const { OnceCell::new() };
}

/// Takes the files that are bundled with the Worker, as JSON.
#[wasm_bindgen(js_name = useFiles)]
#[expect(unreachable_pub, reason = "src/edge/worker.mjs calls it")]
pub fn use_files(files: &str) {
    // The build command wrote it: what isn't JSON isn't there, and what is required is then a fault.
    FILES.with(|cell| {
        cell.get_or_init(|| serde_json::from_str(files).unwrap_or_default()).is_object()
    });
}

/// A Worker's environment. Variables, secrets and bindings share one set of names there.
pub(super) struct WorkerEnvironment<'a> {
    env: &'a Env,
    /// What bindings to a Secrets Store said.
    texts: &'a HashMap<String, String>,
    /// Those of them that were wanted as secrets and haven't been asked.
    unasked: RefCell<Vec<String>>,
}

impl<'a> WorkerEnvironment<'a> {
    pub(super) fn new(env: &'a Env, texts: &'a HashMap<String, String>) -> Self {
        Self { env, texts, unasked: RefCell::default() }
    }

    pub(super) fn into_unasked(self) -> Vec<String> {
        self.unasked.into_inner()
    }
}

impl Environment for WorkerEnvironment<'_> {
    fn var(&self, name: &str) -> Option<Value> {
        let value = self.env.get(name)?;
        let text: String = JSON::stringify(&value).ok()?.into();
        serde_json::from_str(&text).ok()
    }

    fn secret(&self, name: &str) -> Option<String> {
        if let Some(text) = self.texts.get(name) {
            return Some(text.clone());
        }
        let value = self.env.get(name)?;
        if value.is_object() && !self.unasked.borrow().iter().any(|unasked| unasked == name) {
            self.unasked.borrow_mut().push(name.to_owned());
        }
        value.as_string()
    }

    fn has_binding(&self, name: &str) -> bool {
        self.env.get(name).is_some_and(|value| value.is_object())
    }

    fn file(&self, name: &str) -> Option<Value> {
        FILES.with(|files| files.get()?.get(name).cloned())
    }
}
