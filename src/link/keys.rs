use crate::crypto::{SealingKey, hmac_sha256};
use crate::encoding::base64url;
use crate::secret::Secret;

pub(super) const KEY_ID_BYTES: usize = 4;

/// The keys that seal links: the first seals, all open.
#[derive(Clone, Debug)]
pub struct LinkKeys(pub(super) Vec<LinkKey>);

#[derive(Clone, Debug)]
pub(super) struct LinkKey {
    pub(super) id: [u8; KEY_ID_BYTES],
    pub(super) sealing: SealingKey,
    naming: Secret,
}

impl LinkKeys {
    /// Keys from secrets of 32 bytes or more; `None` without secrets.
    pub fn new(secrets: &[Secret]) -> Option<Self> {
        let derive = |secret: &Secret| {
            let derived = |purpose: &[u8]| hmac_sha256(secret.expose().as_bytes(), purpose);
            let id = derived(b"edge-signer link key id v1");
            let naming = base64url(&derived(b"edge-signer link name v1"));
            LinkKey {
                id: [id[0], id[1], id[2], id[3]],
                sealing: SealingKey::new(&derived(b"edge-signer link seal v1")),
                naming: Secret::new(naming),
            }
        };
        (!secrets.is_empty()).then(|| Self(secrets.iter().map(derive).collect()))
    }

    /// The keys that sign names: the first signs, all verify.
    pub(crate) fn naming(&self) -> impl Iterator<Item = &Secret> {
        self.0.iter().map(|key| &key.naming)
    }
}
