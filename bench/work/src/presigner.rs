use std::rc::Rc;

use edge_signer::s3::{
    CredentialSet, ObjectKey, ObjectRequest, ObjectRequestBuilder, Operation, Sender,
    SignableRequest, Store, Target, Validity,
};
use edge_signer::sigv4::ExpiresIn;
use edge_signer::time::Timestamp;
use edge_signer::variables::{Faults, Table};
use serde_json::json;

use crate::{ACCESS_KEY_ID, BUCKET, EXPIRES_IN, REGION, SECRET_ACCESS_KEY, keys};

/// The product with a configured store and requests that were parsed and checked: what the Worker has in hand
/// when it comes to signing.
pub struct Presigner {
    store: Store,
    credentials: Rc<CredentialSet>,
    requests: Vec<ObjectRequest>,
    validity: Validity,
}

impl Presigner {
    /// A store like that of `wrangler.toml`, its first credentials, and a request for each key.
    pub fn new(signed_at: u64) -> Self {
        let table = json!({
            "endpoint": format!("https://s3.{REGION}.amazonaws.com"), "region": REGION,
            "bucket": BUCKET, "style": "virtual", "provider": "aws", "credentials": "PHOTOS",
        });
        let secret = |name: &str| match name {
            "PHOTOS_ACCESS_KEY_ID" => Some(ACCESS_KEY_ID.to_owned()),
            "PHOTOS_SECRET_ACCESS_KEY" => Some(SECRET_ACCESS_KEY.to_owned()),
            _ => None,
        };
        let faults = Faults::default();
        let table = Table::new("STORES.photos", &table, &faults);
        let store = table.and_then(|table| Store::read("photos", table, &faults, &secret));
        let store = store.expect("the store's configuration is whole");
        let request = |key: &String| {
            let target = Target::Object(ObjectKey::new(key).expect("the key is one"));
            let builder = ObjectRequestBuilder::new(Operation::GetObject, target);
            builder.build().expect("GetObject needs no parameter")
        };
        Self {
            credentials: Rc::new(CredentialSet::clone(&store.credentials()[0])),
            store,
            requests: keys().iter().map(request).collect(),
            validity: Validity {
                signed_at: Timestamp::from_unix_seconds(signed_at),
                expires_in: ExpiresIn::from_seconds(u64::from(EXPIRES_IN)).expect("it is in range"),
            },
        }
    }

    /// The call that is measured, and the only place that makes it.
    #[inline(never)]
    pub fn presign(&self, index: usize) -> String {
        let Self { store, credentials, requests, validity } = self;
        let by = Rc::clone(credentials);
        let signable = SignableRequest::new(store, by, &requests[index], Sender::Client);
        signable.expect("AWS honours a plain GET").sign(*validity, None).url
    }
}
