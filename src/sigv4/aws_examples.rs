//! Every stage against the examples that AWS's documentation prints (`fixtures/sigv4/aws-docs.json`;
//! each record names its page).

use serde_json::Value;

use super::signing_key::derive_hmac;
use super::string_to_sign::TERMINATOR;
use super::*;
use crate::encoding::hex;
use crate::secret::Secret;
use crate::time::Timestamp;

struct Example {
    name: String,
    record: Value,
}

fn examples(kind: &str) -> Vec<Example> {
    let text = include_str!("../../fixtures/sigv4/aws-docs.json");
    let records: Vec<Value> = serde_json::from_str(text).unwrap();
    let of_kind = records.into_iter().filter(|record| record["kind"] == kind);
    let examples: Vec<_> = of_kind
        .map(|record| Example { name: record["name"].as_str().unwrap().to_owned(), record })
        .collect();
    assert!(!examples.is_empty(), "no example of the kind {kind}");
    examples
}

impl Example {
    fn text(&self, name: &str) -> &str {
        self.record[name].as_str().unwrap_or_else(|| panic!("{}: no {name}", self.name))
    }

    fn credentials(&self) -> Credentials {
        let part = |name: &str| self.record["credentials"][name].as_str().map(str::to_owned);
        Credentials::new(
            AccessKeyId::new(&part("access_key_id").unwrap()).unwrap(),
            Secret::new(part("secret_access_key").unwrap()),
            part("session_token").map(Secret::new),
        )
        .unwrap()
    }

    fn pairs(&self, name: &str) -> Vec<(String, String)> {
        serde_json::from_value(self.record["request"][name].clone()).unwrap()
    }

    /// Signs the example, in the query if it has an expiry, otherwise in the header.
    fn sign(&self) -> Stages {
        let request = &self.record["request"];
        let method = Method::new(request["method"].as_str().unwrap()).unwrap();
        let origin = Origin::new(Scheme::Https, request["host"].as_str().unwrap()).unwrap();
        let path = request["path"].as_str().unwrap();
        let service = Service::new(self.text("service")).unwrap();
        let path =
            if service == Service::s3() { UriPath::s3(path) } else { UriPath::normalized(path) };
        let mut headers = Headers::new();
        for (name, value) in self.pairs("headers") {
            // The signer adds the date itself.
            if name != "x-amz-date" {
                headers.push(&name, &value).unwrap();
            }
        }
        let signer = Signer {
            credentials: &self.credentials(),
            region: &SigningRegion::One(Region::new(self.text("region")).unwrap()),
            service: &service,
            time: Timestamp::parse_amz(self.text("amz_date")).unwrap(),
        };
        let request = RequestToSign {
            method: &method,
            origin: &origin,
            path: &path,
            query: &self.pairs("query"),
            headers: &headers,
            payload: match request["payload_hash"].as_str().unwrap() {
                "UNSIGNED-PAYLOAD" => PayloadHash::Unsigned,
                text if text.starts_with("STREAMING-") => PayloadHash::Text(text),
                _ => PayloadHash::Of(request["body"].as_str().unwrap_or_default().as_bytes()),
            },
        };
        match self.record["expires"].as_u64() {
            Some(seconds) => {
                let presigned =
                    signer.presign_in_stages(&request, ExpiresIn::from_seconds(seconds).unwrap());
                assert_eq!(presigned.url, self.text("url"), "{}: url", self.name);
                presigned.stages
            }
            None => signer.authorize(&request).stages,
        }
    }

    fn holds(&self) {
        let stages = self.sign();
        let name = &self.name;
        let canonical_request = self.text("canonical_request");
        assert_eq!(stages.canonical_request, canonical_request, "{name}: canonical request");
        assert_eq!(stages.string_to_sign, self.text("string_to_sign"), "{name}: string to sign");
        assert_eq!(stages.signature, self.text("signature"), "{name}: signature");
        if let Some(documented) = self.record["documented"]["signature"].as_str() {
            assert_eq!(stages.signature, documented, "{name}: the signature that the page prints");
        }
    }
}

#[test]
fn query_signatures_are_those_of_the_documentation() {
    examples("query-presign").iter().for_each(Example::holds);
}

#[test]
fn header_signatures_are_those_of_the_documentation() {
    examples("header").iter().for_each(Example::holds);
}

#[test]
fn signing_keys_are_those_of_the_documentation() {
    for example in examples("signing-key") {
        let time = Timestamp::parse_amz(&format!("{}T000000Z", example.text("date"))).unwrap();
        let credentials = example.credentials();
        let (region, service) = (example.text("region"), example.text("service"));
        let date = time.amz_date();
        let scope = [date.date(), region, service, TERMINATOR];
        let key = derive_hmac(credentials.expose_secret_access_key(), scope);
        assert_eq!(hex(&*key), example.text("k_signing"), "{}", example.name);
    }
}

/// A POST policy's signature is over its base64 text, with the same key.
#[test]
fn a_post_policy_is_signed_as_the_documentation_does() {
    for example in examples("post-policy") {
        let time = Timestamp::parse_amz(example.text("amz_date")).unwrap();
        let region = SigningRegion::One(Region::new(example.text("region")).unwrap());
        let service = Service::new(example.text("service")).unwrap();
        let key = example.credentials().signing_key((time, time.amz_date()), &region, &service);
        let signature = key.sign_text(example.text("policy_base64"));
        assert_eq!(signature, example.text("signature"), "{}", example.name);
    }
}
