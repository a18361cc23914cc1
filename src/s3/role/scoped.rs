//! R2's temporary credentials, made here. They work for one operation on one key, so a leaked URL reaches nothing else.

use serde_json::{Map, Value, json};

use crate::crypto::sha256;
use crate::encoding::hex;
use crate::jwt::issue_hs256;
use crate::s3::{ObjectRequest, Operation, Store, Target, Validity};
use crate::secret::Secret;
use crate::sigv4::Credentials;

/// Derives credentials for `request` alone from the store's: a token that names their scope, signed with the parent's
/// secret. The token's hash is the temporary secret. The same request in the same window gives the same credentials.
///
/// Source: <https://developers.cloudflare.com/r2/api/s3/temporary-credentials/>
pub(in crate::s3) fn mint(
    store: &Store,
    parent: &Credentials,
    request: &ObjectRequest,
    validity: Validity,
) -> Credentials {
    let host = store.endpoint_host();
    // The account is the endpoint's first label, before a jurisdiction and R2's own domain.
    let account = host.split('.').next().unwrap_or_default();
    let mut claims = Map::new();
    let mut claim = |name: &str, value: Value| {
        claims.insert(name.to_owned(), value);
    };
    claim("bucket", json!(store.bucket()));
    claim("actions", json!(actions(request.operation())));
    claim("paths", paths(request));
    claim("sub", json!(account));
    claim("iss", json!(parent.access_key_id()));
    claim("aud", json!(host));
    claim("iat", json!(validity.signed_at.unix_seconds()));
    claim("exp", json!(validity.expires_at().unix_seconds()));

    let token = issue_hs256(parent.expose_secret_access_key().as_bytes(), &claims);
    parent.temporary(Secret::new(hex(&sha256(token.as_bytes()))), format!("jwt/{token}").as_bytes())
}

/// The actions of an operation. A copy reads as well.
fn actions(operation: Operation) -> Vec<&'static str> {
    if operation.copies() {
        vec![operation.as_str(), Operation::GetObject.as_str()]
    } else {
        vec![operation.as_str()]
    }
}

fn paths(request: &ObjectRequest) -> Value {
    let source = request.copy_source().map(|source| source.key.as_str());
    match request.target() {
        Target::Object(key) => {
            let keys: Vec<&str> = std::iter::once(key.as_str()).chain(source).collect();
            json!({ "prefixPaths": [], "objectPaths": keys })
        }
        Target::Prefix(prefix) => json!({ "prefixPaths": [prefix], "objectPaths": [] }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::{base64_decode, base64url_decode};
    use crate::s3::{ObjectKey, ObjectRequestBuilder, Sender, SignableRequest};
    use crate::time::Timestamp;
    use crate::variables::{Faults, Table};

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    fn store(style: &str) -> Store {
        let secret = |name: &str| match name {
            "R2_ACCESS_KEY_ID" => Some("AKIAIOSFODNN7EXAMPLE".to_owned()),
            "R2_SECRET_ACCESS_KEY" => Some(SECRET.to_owned()),
            _ => None,
        };
        let json = json!({
            "endpoint": "https://0123abcd.eu.r2.cloudflarestorage.com", "region": "auto",
            "bucket": "my-photos", "style": style, "provider": "r2", "credentials": "R2",
            "credentials_mode": "scoped",
        });
        let faults = Faults::default();
        let table = Table::new("STORES.photos", &json, &faults).unwrap();
        let store = Store::read("photos", table, &faults, &secret);
        store.unwrap_or_else(|| panic!("{:?}", faults.into_vec()))
    }

    fn request(operation: Operation, key: &str) -> ObjectRequest {
        let target = Target::Object(ObjectKey::new(key).unwrap());
        ObjectRequestBuilder::new(operation, target).build().unwrap()
    }

    fn signed(
        store: &Store,
        request: &ObjectRequest,
        now: Timestamp,
        validity: Validity,
    ) -> String {
        let by = std::rc::Rc::clone(store.current_credentials(now).unwrap());
        SignableRequest::new(store, by, request, Sender::Client).unwrap().sign(validity, None).url
    }

    fn parameter(url: &str, name: &str) -> String {
        let query = crate::encoding::parse_query(url.split_once('?').unwrap().1).unwrap();
        query.into_iter().find(|(present, _)| present == name).unwrap().1
    }

    #[test]
    fn a_url_carries_a_token_that_is_good_for_its_key_and_action_alone() {
        for style in ["path", "virtual"] {
            let store = store(style);
            let now = Timestamp::from_unix_seconds(1_767_225_600);
            let validity = Validity::from_now(now, None, crate::sigv4::ExpiresIn::MAX);
            let request = request(Operation::PutObject, "users/alice/ü.png");
            let parent = store.current_credentials(now).unwrap();
            let url = signed(&store, &request, now, validity);

            let token = base64_decode(&parameter(&url, "X-Amz-Security-Token")).unwrap();
            let token = String::from_utf8(token).unwrap();
            let token = token.strip_prefix("jwt/").unwrap();
            let payload = base64url_decode(token.split('.').nth(1).unwrap()).unwrap();
            let claims: Value = serde_json::from_slice(&payload).unwrap();
            assert_eq!(
                claims,
                json!({
                    "bucket": "my-photos", "actions": ["PutObject"],
                    "paths": { "prefixPaths": [], "objectPaths": ["users/alice/ü.png"] },
                    "sub": "0123abcd", "iss": "AKIAIOSFODNN7EXAMPLE",
                    "aud": "0123abcd.eu.r2.cloudflarestorage.com",
                    "iat": 1_767_225_600, "exp": 1_767_225_900,
                })
            );
            assert_eq!(token, issue_hs256(SECRET.as_bytes(), claims.as_object().unwrap()));

            // The URL is signed with the token's hash; the parent's secret signs only the token.
            let minted = mint(&store, &parent.credentials, &request, validity);
            assert_eq!(minted.expose_secret_access_key(), hex(&sha256(token.as_bytes())));
            let again = signed(&store, &request, now, validity);
            assert_eq!(url, again);
        }
    }

    #[test]
    fn a_copy_may_read_its_source_and_a_listing_its_prefix() {
        let mut copy = ObjectRequestBuilder::new(
            Operation::CopyObject,
            Target::Object(ObjectKey::new("b").unwrap()),
        );
        let key = ObjectKey::new("a").unwrap();
        copy.copy_from(crate::s3::CopySource { key, version_id: None }).unwrap();
        let copy = copy.build().unwrap();
        assert_eq!(actions(copy.operation()), ["CopyObject", "GetObject"]);
        assert_eq!(paths(&copy), json!({ "prefixPaths": [], "objectPaths": ["b", "a"] }));
        let list = Target::Prefix("users/".to_owned());
        let list = ObjectRequestBuilder::new(Operation::ListObjectsV2, list).build().unwrap();
        assert_eq!(paths(&list), json!({ "prefixPaths": ["users/"], "objectPaths": [] }));
    }
}
