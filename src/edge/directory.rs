//! Sessions and revocations in KV, and key sets at their issuers.

use wasm_bindgen::JsValue;

use super::key_fetch;
use super::platform::WorkerPlatform;
use super::runtime::{Env, KV_TIMEOUT_MS, KvNamespace, binding, error_text};
use crate::config::SESSIONS_KV;
use crate::session::{Directory, DirectoryUnavailable, FetchedKeys, KeySetAddress};

fn entries(env: &Env) -> Result<KvNamespace, DirectoryUnavailable> {
    binding(env, SESSIONS_KV).map_err(DirectoryUnavailable)
}

fn failed(error: &JsValue) -> DirectoryUnavailable {
    DirectoryUnavailable(error_text(error))
}

impl Directory for Env {
    async fn fetch_keys(&self, from: &KeySetAddress) -> Result<FetchedKeys, DirectoryUnavailable> {
        key_fetch::fetch_keys(self, from).await
    }

    fn has_entries(&self) -> bool {
        entries(self).is_ok()
    }

    async fn read(&self, names: &[String]) -> Result<Vec<Option<String>>, DirectoryUnavailable> {
        entries(self)?.get_all(names, KV_TIMEOUT_MS).await.map_err(|error| failed(&error))
    }

    async fn write(
        &self,
        name: &str,
        value: &str,
        seconds: Option<u64>,
    ) -> Result<(), DirectoryUnavailable> {
        let put = entries(self)?;
        put.put(name, value, seconds, KV_TIMEOUT_MS).await.map_err(|error| failed(&error))
    }

    async fn remove(&self, name: &str) -> Result<(), DirectoryUnavailable> {
        entries(self)?.delete(name, KV_TIMEOUT_MS).await.map_err(|error| failed(&error))
    }
}

impl Directory for WorkerPlatform<'_> {
    async fn fetch_keys(&self, from: &KeySetAddress) -> Result<FetchedKeys, DirectoryUnavailable> {
        self.env.fetch_keys(from).await
    }

    fn has_entries(&self) -> bool {
        self.env.has_entries()
    }

    async fn read(&self, names: &[String]) -> Result<Vec<Option<String>>, DirectoryUnavailable> {
        self.env.read(names).await
    }

    async fn write(
        &self,
        name: &str,
        value: &str,
        seconds: Option<u64>,
    ) -> Result<(), DirectoryUnavailable> {
        self.env.write(name, value, seconds).await
    }

    async fn remove(&self, name: &str) -> Result<(), DirectoryUnavailable> {
        self.env.remove(name).await
    }
}
