//! A directory for tests: entries in memory, key sets from a list, and both can be down.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

#[cfg(not(target_arch = "wasm32"))]
use crate::crypto::{Mac, RustCrypto, Signature, SignatureVerifier, UnusableKey};

use super::{Directory, DirectoryUnavailable, FetchedKeys, KeySetAddress};

/// A directory in memory.
#[derive(Debug, Default)]
pub struct MemoryDirectory {
    /// The answers of `fetch_keys`, by address.
    pub key_sets: RefCell<HashMap<String, FetchedKeys>>,
    /// The entries.
    pub entries: RefCell<HashMap<String, String>>,
    /// How often keys were fetched.
    pub fetches: Cell<u32>,
    /// Whether entries can't be read or written.
    pub is_down: Cell<bool>,
}

impl MemoryDirectory {
    fn up(&self) -> Result<(), DirectoryUnavailable> {
        let down = || DirectoryUnavailable("the test says so".to_owned());
        if self.is_down.get() { Err(down()) } else { Ok(()) }
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl SignatureVerifier for MemoryDirectory {
    async fn verifies(&self, signature: Signature<'_>) -> Result<bool, UnusableKey> {
        RustCrypto.verifies(signature).await
    }

    async fn mac_verifies(&self, mac: Mac<'_>) -> Result<bool, UnusableKey> {
        RustCrypto.mac_verifies(mac).await
    }
}

impl Directory for MemoryDirectory {
    async fn fetch_keys(
        &self,
        address: &KeySetAddress,
    ) -> Result<FetchedKeys, DirectoryUnavailable> {
        self.fetches.set(self.fetches.get() + 1);
        let found = self.key_sets.borrow().get(&address.to_string()).cloned();
        found.ok_or_else(|| DirectoryUnavailable("the test has no such key set".to_owned()))
    }

    fn has_entries(&self) -> bool {
        true
    }

    async fn read(&self, names: &[String]) -> Result<Vec<Option<String>>, DirectoryUnavailable> {
        self.up()?;
        let entries = self.entries.borrow();
        Ok(names.iter().map(|name| entries.get(name).cloned()).collect())
    }

    async fn write(
        &self,
        name: &str,
        value: &str,
        _: Option<u64>,
    ) -> Result<(), DirectoryUnavailable> {
        self.up()?;
        self.entries.borrow_mut().insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    async fn remove(&self, name: &str) -> Result<(), DirectoryUnavailable> {
        self.up()?;
        self.entries.borrow_mut().remove(name);
        Ok(())
    }
}
