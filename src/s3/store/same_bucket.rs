use crate::s3::{Provider, Sender};

use super::configured::Store;

impl Store {
    /// Whether both may name one bucket: they call it the same, at one host or at AWS, where the name says all.
    pub fn may_share_bucket(&self, other: &Self) -> bool {
        let is_aws = |store: &Self| store.provider() == Provider::Aws;
        let has_host = |store: &Self, host: &str| store.hosts().contains(&host);
        self.bucket() == other.bucket()
            && (is_aws(self) && is_aws(other)
                || self.hosts().iter().any(|host| has_host(other, host)))
    }

    /// The endpoint's host, without the bucket that virtual style puts before it.
    pub fn endpoint_host(&self) -> &str {
        self.hosts()[0]
    }

    /// Where the edge reaches it, and where clients do.
    fn hosts(&self) -> [&str; 2] {
        [Sender::Edge, Sender::Client].map(|sender| {
            let authority = self.address(sender).origin.authority();
            let with_bucket = authority.strip_prefix(self.bucket());
            with_bucket.and_then(|rest| rest.strip_prefix('.')).unwrap_or(authority)
        })
    }
}
