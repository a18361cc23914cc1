//! What is measured, natively and in Wasm: one presigned GET ([`Presigner`]), and the hashing that it
//! can't do without ([`Floor`]).

mod floor;
mod presigner;

pub use floor::Floor;
pub use presigner::Presigner;

/// AWS's documented example credentials.
pub const ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
/// The secret that goes with them.
pub const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// Where the bucket is.
pub const REGION: &str = "eu-central-1";
/// The bucket, addressed in virtual-hosted style.
pub const BUCKET: &str = "my-photos";
/// How long each URL lives, in seconds.
pub const EXPIRES_IN: u32 = 300;
/// When each URL is signed: 2026-01-15T12:00:00Z.
pub const SIGNED_AT: u64 = 1_768_478_400;

/// A power of two, so that an index is found by masking.
pub const KEYS: usize = 256;

/// Keys of one length, so that each takes the same number of compressions.
pub fn keys() -> Vec<String> {
    (0..KEYS).map(|n| format!("users/alice/albums/2026/photo-{n:05}.jpg")).collect()
}

/// Both, for the same requests.
pub struct Work {
    /// The product.
    pub presigner: Presigner,
    /// The floor.
    pub floor: Floor,
}

impl Work {
    /// Sets both up; the floor's signatures are checked against the product's.
    pub fn set_up() -> Self {
        let presigner = Presigner::new(SIGNED_AT);
        let urls: Vec<String> = (0..KEYS).map(|index| presigner.presign(index)).collect();
        Self { floor: Floor::new(&urls), presigner }
    }

    /// Presigns `n` URLs, one after the other; the sum of their lengths is there to be used.
    pub fn presigns(&self, n: usize) -> usize {
        (0..n).map(|index| self.presigner.presign(index % KEYS).len()).sum()
    }

    /// Runs `n` floors.
    pub fn floors(&self, n: usize) -> usize {
        (0..n).map(|index| self.floor.run(index % KEYS)[0] as usize & 0xff).sum()
    }
}
