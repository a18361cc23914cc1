use super::canonical_request::{CanonicalHeaders, CanonicalRequest, canonical_query};
use super::{RequestToSign, Signer, Stages};
use crate::secret::Secret;

/// A header signature: the headers to add to the request, and the stages of the signature.
#[derive(Clone, Debug)]
pub struct Authorized {
    /// The URL, its query in canonical form.
    pub url: String,
    /// The headers to add: `authorization`, `x-amz-date`, `x-amz-security-token` if the credentials have a session
    /// token, and in SigV4A `x-amz-region-set`.
    pub headers: Vec<(&'static str, String)>,
    /// The stages, for tests and for finding faults.
    pub stages: Stages,
}

impl Signer<'_> {
    /// Signs `request` in its `Authorization` header. The request has to be sent with the added headers and with all of
    /// `request.headers`; S3 requires `x-amz-content-sha256` among these.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>
    pub fn authorize(&self, request: &RequestToSign<'_>) -> Authorized {
        let (key, date) = self.key();
        let mut added = vec![("x-amz-date", date.as_str())];
        if let Some(token) = self.credentials.session_token().map(Secret::expose) {
            added.push(("x-amz-security-token", token));
        }
        if let Some(regions) = self.region.set() {
            added.push(("x-amz-region-set", regions));
        }
        let headers = CanonicalHeaders::new(request.origin.authority(), request.headers, &added);
        let own = request.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let query = canonical_query(own);

        let wire = request.path.wire();
        let canonical = CanonicalRequest {
            method: request.method.as_str(),
            uri: request.path.canonical_form().unwrap_or(&wire),
            query: &query,
            headers: &headers,
            payload: request.payload,
        };
        let string_to_sign = self.string_to_sign(&key, &date, &canonical);
        let mut signature = String::new();
        key.sign_into(&mut signature, &string_to_sign);
        let (credential, names) = (key.credential(), headers.names());
        let algorithm = self.region.algorithm();
        let authorization = format!(
            "{algorithm} Credential={credential}, SignedHeaders={names}, Signature={signature}"
        );
        let (canonical_request, string_to_sign) =
            (canonical.to_string(), string_to_sign.to_string());
        let stages = Stages { canonical_request, string_to_sign, signature };
        let added = added.into_iter().map(|(name, value)| (name, value.to_owned()));
        let mut headers: Vec<(&'static str, String)> = added.collect();
        headers.push(("authorization", authorization));
        let origin = request.origin;
        let separator = if query.is_empty() { "" } else { "?" };
        Authorized { url: format!("{origin}{wire}{separator}{query}"), headers, stages }
    }
}
