//! Sessions and revocations in KV, and key sets at their issuers.

use worker::kv::{KvError, KvStore};

use super::error_text::first_line;
use super::key_fetch;
use super::platform::WorkerPlatform;
use super::timer::{KV_TIMEOUT_MS, in_time};
use crate::config::SESSIONS_KV;
use crate::session::{Directory, DirectoryUnavailable, FetchedKeys, KeySetAddress};

impl WorkerPlatform<'_> {
    fn entries(&self) -> Result<KvStore, DirectoryUnavailable> {
        self.env.kv(SESSIONS_KV).map_err(|error| DirectoryUnavailable(error.to_string()))
    }
}

impl From<KvError> for DirectoryUnavailable {
    fn from(error: KvError) -> Self {
        Self(first_line(&error.to_string()))
    }
}

fn late() -> DirectoryUnavailable {
    DirectoryUnavailable("KV is late".to_owned())
}

impl Directory for WorkerPlatform<'_> {
    async fn fetch_keys(&self, from: &KeySetAddress) -> Result<FetchedKeys, DirectoryUnavailable> {
        key_fetch::fetch_keys(self.env, from).await
    }

    fn has_entries(&self) -> bool {
        self.entries().is_ok()
    }

    async fn read(&self, names: &[String]) -> Result<Vec<Option<String>>, DirectoryUnavailable> {
        let mut found = in_time(KV_TIMEOUT_MS, self.entries()?.get_bulk(names).text())
            .await
            .ok_or_else(late)??;
        let answer = |name| {
            found.remove(name).ok_or_else(|| DirectoryUnavailable(format!("no answer for {name}")))
        };
        names.iter().map(answer).collect()
    }

    async fn write(
        &self,
        name: &str,
        value: &str,
        seconds: Option<u64>,
    ) -> Result<(), DirectoryUnavailable> {
        let put = self.entries()?.put(name, value)?;
        let put = match seconds {
            Some(seconds) => put.expiration_ttl(seconds),
            None => put,
        };
        Ok(in_time(KV_TIMEOUT_MS, put.execute()).await.ok_or_else(late)??)
    }

    async fn remove(&self, name: &str) -> Result<(), DirectoryUnavailable> {
        Ok(in_time(KV_TIMEOUT_MS, self.entries()?.delete(name)).await.ok_or_else(late)??)
    }
}
