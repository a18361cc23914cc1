use super::canonical_headers::CanonicalHeaders;
use super::canonical_query::canonical_query;
use super::canonical_request::CanonicalRequest;
use super::{ExpiresIn, Request, Signer, Stages};
use crate::secret::Secret;

/// A query-signed URL and how its signature came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presigned {
    /// The URL. Whoever holds it may do what it says until it expires.
    pub url: String,
    /// What was signed, for tests and for finding faults.
    pub stages: Stages,
}

impl Signer<'_> {
    /// Signs `request` in its query string.
    ///
    /// The URL's query is the canonical query with the signature behind it. A session token is a
    /// parameter like the others and so part of what is signed.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
    pub fn presign(&self, request: &Request<'_>, expires_in: ExpiresIn) -> Presigned {
        let scope = self.scope();
        let headers = CanonicalHeaders::new(request.origin.authority(), request.headers, &[]);
        let credential = format!("{}/{scope}", self.credentials.access_key_id());
        let seconds = expires_in.seconds().to_string();
        let mut authentication = vec![
            ("X-Amz-Algorithm", self.region.algorithm()),
            ("X-Amz-Credential", &credential),
            ("X-Amz-Date", scope.time.as_str()),
            ("X-Amz-Expires", &seconds),
            ("X-Amz-SignedHeaders", &headers.names),
        ];
        if let Some(token) = self.credentials.session_token().map(Secret::expose) {
            authentication.push(("X-Amz-Security-Token", token));
        }
        if let Some(regions) = self.region.set() {
            authentication.push(("X-Amz-Region-Set", regions));
        }
        let own = request.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let query = canonical_query(own.chain(authentication));

        let stages = self.sign(&CanonicalRequest {
            method: request.method.as_str(),
            uri: request.path.canonical(),
            query: &query,
            headers: &headers,
            payload: request.payload,
        });
        let (origin, path, signature) = (request.origin, request.path.wire(), &stages.signature);
        let url = format!("{origin}{path}?{query}&X-Amz-Signature={signature}");
        Presigned { url, stages }
    }
}
