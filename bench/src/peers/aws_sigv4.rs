use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningParams, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use bench_work::{ACCESS_KEY_ID, BUCKET, EXPIRES_IN, REGION, SECRET_ACCESS_KEY, SIGNED_AT, keys};
use http::{Request, Uri};

use super::Peer;

/// It takes a whole URL, whose key is encoded already.
pub struct AwsSigV4 {
    identity: aws_smithy_runtime_api::client::identity::Identity,
    settings: SigningSettings,
    urls: Vec<(String, Uri)>,
    time: SystemTime,
}

impl AwsSigV4 {
    pub fn set_up() -> Self {
        let credentials = Credentials::from_keys(ACCESS_KEY_ID, SECRET_ACCESS_KEY, None);
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(Duration::from_secs(u64::from(EXPIRES_IN)));
        // What S3 wants, and AWS's own SDK sets.
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
        let url = |key| {
            let url = format!("https://{BUCKET}.s3.{REGION}.amazonaws.com/{key}");
            let uri = url.parse().expect("a URI");
            (url, uri)
        };
        Self {
            identity: credentials.into(),
            settings,
            urls: keys().into_iter().map(url).collect(),
            time: UNIX_EPOCH + Duration::from_secs(SIGNED_AT),
        }
    }
}

impl Peer for AwsSigV4 {
    fn presign(&self, index: usize) -> impl ToString {
        let params: SigningParams<'_> = v4::SigningParams::builder()
            .identity(&self.identity)
            .region(REGION)
            .name("s3")
            .time(self.time)
            .settings(self.settings.clone())
            .build()
            .expect("nothing is missing")
            .into();
        let (url, uri) = &self.urls[index];
        let headers = std::iter::empty();
        let request = SignableRequest::new("GET", url, headers, SignableBody::UnsignedPayload);
        let signed = sign(request.expect("a request"), &params).expect("it signs");
        let mut request = Request::new(());
        *request.uri_mut() = uri.clone();
        signed.into_parts().0.apply_to_request_http1x(&mut request);
        request.into_parts().0.uri
    }
}
