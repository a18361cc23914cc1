//! Sessions and revocations in KV, and key sets at their issuers.

use wasm_bindgen::JsValue;

use super::key_fetch;
use super::platform::WorkerPlatform;
use super::runtime::{KV_TIMEOUT_MS, KvNamespace, binding, error_text};
use crate::config::SESSIONS_KV;
use crate::session::{Directory, DirectoryUnavailable, FetchedKeys, KeySetAddress};

impl WorkerPlatform<'_> {
    fn entries(&self) -> Result<KvNamespace, DirectoryUnavailable> {
        binding(self.env, SESSIONS_KV).map_err(DirectoryUnavailable)
    }
}

fn failed(error: &JsValue) -> DirectoryUnavailable {
    DirectoryUnavailable(error_text(error))
}

impl Directory for WorkerPlatform<'_> {
    async fn fetch_keys(&self, from: &KeySetAddress) -> Result<FetchedKeys, DirectoryUnavailable> {
        key_fetch::fetch_keys(self.env, from).await
    }

    fn has_entries(&self) -> bool {
        self.entries().is_ok()
    }

    async fn read(&self, names: &[String]) -> Result<Vec<Option<String>>, DirectoryUnavailable> {
        self.entries()?.get_all(names, KV_TIMEOUT_MS).await.map_err(|error| failed(&error))
    }

    async fn write(
        &self,
        name: &str,
        value: &str,
        seconds: Option<u64>,
    ) -> Result<(), DirectoryUnavailable> {
        let put = self.entries()?;
        put.put(name, value, seconds, KV_TIMEOUT_MS).await.map_err(|error| failed(&error))
    }

    async fn remove(&self, name: &str) -> Result<(), DirectoryUnavailable> {
        self.entries()?.delete(name, KV_TIMEOUT_MS).await.map_err(|error| failed(&error))
    }
}
