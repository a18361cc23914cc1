use wasm_bindgen::JsCast;
use web_sys::Response;

use super::platform::WorkerPlatform;
use super::runtime::{Fetcher, binding, within};
use crate::api::Assets;
use crate::config::ASSETS;

/// How long a file may take, in milliseconds.
const TIMEOUT_MS: u32 = 5_000;

impl Assets for WorkerPlatform<'_> {
    async fn asset(&self, path: &str) -> Option<String> {
        let assets: Fetcher = binding(self.env, ASSETS).ok()?;
        // A file is named by the path alone.
        let asked = assets.get(&format!("https://assets.example.com{path}")).ok()?;
        let answer = within(&asked, TIMEOUT_MS, "the file").await.ok()?;
        let answer: Response = answer.dyn_into().ok()?;
        let text = answer.ok().then(|| answer.text().ok()).flatten()?;
        within(&text, TIMEOUT_MS, "the file").await.ok()?.as_string()
    }
}
