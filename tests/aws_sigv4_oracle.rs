//! Random requests, signed by this crate and by AWS's own `aws-sigv4`: the signatures must not differ.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials as OracleCredentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use edge_signer::secret::Secret;
use edge_signer::sigv4::{
    AccessKeyId, Credentials, ExpiresIn, Headers, Method, Origin, PayloadHash, Region,
    RequestToSign, Service, Signer, SigningRegion, UriPath,
};
use edge_signer::time::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// RFC 3986's unreserved characters stay, and so does `/`.
const PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

#[derive(Clone, Debug)]
struct Case {
    method: String,
    origin: String,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    region: String,
    service: String,
    time: u64,
    expires_in: u64,
}

fn case() -> impl Strategy<Value = Case> {
    let request = (
        "GET|HEAD|PUT|POST|DELETE|PATCH",
        "https?://[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?(\\.[a-z0-9]{1,10}){0,3}(:[1-9][0-9]{0,3})?",
        "(/|[a-z]|\\PC|[ +%&=?#:;,@$!'()*.~]){0,40}",
        vec(("(\\PC|[ +%&=a-zA-Z-]){0,12}", "(\\PC|[ +%&=/a-zA-Z]){0,20}"), 0..6),
        vec(
            (
                "(content-type|range|if-none-match|x-amz-meta-[a-z]{1,3}|[A-Z][a-z]{1,8})",
                "[ -~]{0,30}",
            ),
            0..6,
        ),
        vec(any::<u8>(), 0..64),
    );
    let signer = (
        "[A-Z0-9]{16,24}",
        "[A-Za-z0-9/+]{1,64}",
        option::of("[A-Za-z0-9/+=]{1,200}"),
        "[a-z]{2}-[a-z]{4,9}-[1-9]|auto|garage",
        "s3|s3-outposts|service|iam",
        0..=253_402_300_799_u64,
        1..=604_800_u64,
    );
    (request, signer).prop_map(|(request, signer)| {
        let (method, origin, path, query, headers, body) = request;
        let (access_key_id, secret_access_key, session_token, region, service, time, expires_in) =
            signer;
        let path = format!("/{path}");
        Case {
            method,
            origin,
            path,
            query,
            headers,
            body,
            access_key_id,
            secret_access_key,
            session_token,
            region,
            service,
            time,
            expires_in,
        }
    })
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Path {
    S3,
    Normalized,
}

impl Case {
    /// Signed by this crate: the signature and, for a query signature, the URL.
    fn ours(&self, location: SignatureLocation, path: Path) -> (String, Option<String>) {
        let credentials = Credentials::new(
            AccessKeyId::new(&self.access_key_id).unwrap(),
            Secret::new(self.secret_access_key.clone()),
            self.session_token.clone().map(Secret::new),
        )
        .unwrap();
        let mut headers = Headers::new();
        for (name, value) in &self.headers {
            headers.push(name, value).unwrap();
        }
        let signer = Signer {
            credentials: &credentials,
            region: &SigningRegion::One(Region::new(&self.region).unwrap()),
            service: &Service::new(&self.service).unwrap(),
            time: Timestamp::from_unix_seconds(self.time),
        };
        let request = RequestToSign {
            method: &Method::new(&self.method).unwrap(),
            origin: &Origin::parse_prefix(&self.origin).unwrap().0,
            path: &match path {
                Path::S3 => UriPath::s3(&self.path),
                Path::Normalized => UriPath::normalized(&self.wire_path()),
            },
            query: &self.query,
            headers: &headers,
            payload: self.ours_payload(path),
        };
        if location == SignatureLocation::QueryParams {
            let presigned = signer
                .presign_in_stages(&request, ExpiresIn::from_seconds(self.expires_in).unwrap());
            (presigned.stages.signature, Some(presigned.url))
        } else {
            (signer.authorize(&request).stages.signature, None)
        }
    }

    fn ours_payload(&self, path: Path) -> PayloadHash<'_> {
        match path {
            Path::S3 => PayloadHash::Unsigned,
            Path::Normalized => PayloadHash::Of(&self.body),
        }
    }

    fn wire_path(&self) -> String {
        utf8_percent_encode(&self.path, PATH).to_string()
    }

    /// Signed by `aws-sigv4`.
    fn oracle(&self, location: SignatureLocation, path: Path) -> String {
        let identity = OracleCredentials::from_keys(
            &self.access_key_id,
            &self.secret_access_key,
            self.session_token.clone(),
        )
        .into();
        let mut settings = SigningSettings::default();
        settings.signature_location = location;
        settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
        if location == SignatureLocation::QueryParams {
            settings.expires_in = Some(Duration::from_secs(self.expires_in));
        }
        if path == Path::S3 {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        }
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(&self.service)
            .time(SystemTime::UNIX_EPOCH + Duration::from_secs(self.time))
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.query);
        let uri = format!("{}{}?{}", self.origin, self.wire_path(), query.finish());
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let body = match path {
            Path::S3 => SignableBody::UnsignedPayload,
            Path::Normalized => SignableBody::Bytes(&self.body),
        };
        let request = SignableRequest::new(&self.method, uri, headers, body).unwrap();
        sign(request, &params).unwrap().signature().to_owned()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn s3_urls(case in case()) {
        let location = SignatureLocation::QueryParams;
        let (signature, url) = case.ours(location, Path::S3);
        prop_assert_eq!(&signature, &case.oracle(location, Path::S3));

        // A server reads out of the URL what was signed.
        let url = url.unwrap();
        let (_, query) = url.split_once('?').unwrap();
        let mut read: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .filter(|(name, _)| !name.starts_with("X-Amz-"))
            .collect();
        let mut given = case.query.clone();
        read.sort();
        given.sort();
        prop_assert_eq!(read, given);
        let signature = format!("&X-Amz-Signature={signature}");
        prop_assert!(url.ends_with(&signature));
    }

    #[test]
    fn urls_of_other_services(case in case()) {
        let location = SignatureLocation::QueryParams;
        let (signature, _) = case.ours(location, Path::Normalized);
        prop_assert_eq!(signature, case.oracle(location, Path::Normalized));
    }

    #[test]
    fn s3_headers(case in case()) {
        let location = SignatureLocation::Headers;
        prop_assert_eq!(case.ours(location, Path::S3).0, case.oracle(location, Path::S3));
    }

    #[test]
    fn headers_of_other_services(case in case()) {
        let location = SignatureLocation::Headers;
        let (signature, _) = case.ours(location, Path::Normalized);
        prop_assert_eq!(signature, case.oracle(location, Path::Normalized));
    }
}
