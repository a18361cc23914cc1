use wasm_bindgen_futures::spawn_local;

use crate::api::{Memory, OpenedAnswer, StoreAnswer, StoreCall, StoreClient, StoreUnavailable};
use crate::edge::clock::now;
use crate::edge::isolate::Isolate;
use crate::edge::runtime::console_log;
use crate::edge::stores::ask;
use crate::s3::RoleCache;
use crate::session::SessionMemory;
use crate::time::Timestamp;

/// Stores, as an object asks them that answers no request.
pub(super) struct Stores(pub(super) &'static Isolate);

impl Memory for Stores {
    fn roles(&self) -> &RoleCache {
        &self.0.roles
    }

    fn sessions(&self) -> &SessionMemory {
        &self.0.sessions
    }
}

impl StoreClient for Stores {
    async fn call_store(&self, call: StoreCall) -> Result<StoreAnswer, StoreUnavailable> {
        ask(&call).await
    }

    async fn open_store(&self, _: StoreCall) -> Result<OpenedAnswer, StoreUnavailable> {
        Err(StoreUnavailable("an object passes nothing on".to_owned()))
    }

    fn call_store_behind(
        &self,
        call: StoreCall,
        then: impl FnOnce(
            &RoleCache,
            Timestamp,
            Result<StoreAnswer, StoreUnavailable>,
        ) -> Option<String>
        + 'static,
    ) {
        let isolate = self.0;
        spawn_local(async move {
            let answer = ask(&call).await;
            if let Some(line) = then(&isolate.roles, now(), answer) {
                console_log(&line);
            }
        });
    }
}
