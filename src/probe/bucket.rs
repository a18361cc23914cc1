//! The probed bucket, and requests to it, signed by the Worker's own code. Requests that the provider's table refuses
//! are signed here too, because the probe tests just these.

use edge_signer::crypto::sha256;
use edge_signer::encoding::hex;
use edge_signer::s3::{Address, ObjectKey, Sender, Store, Target};
use edge_signer::secret::Secret;
use edge_signer::sigv4::{
    AccessKeyId, Credentials, ExpiresIn, Headers, InvalidInput, Method, PayloadHash, Region,
    RequestToSign, Signer, SigningRegion, signing_key::SigningKey,
};
use edge_signer::time::Timestamp;
use serde_json::{Value, json};

use super::call::Call;
use super::client::{Fault, Outgoing};

/// The bucket's address and credentials.
#[derive(Debug)]
pub(crate) struct Bucket {
    store: Store,
    id: AccessKeyId,
    secret: Secret,
    credentials: Credentials,
}

/// An unusual date or scope of a request.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Twist<'a> {
    pub(super) region: Option<&'a str>,
    /// Seconds by which the date is ahead.
    pub(super) ahead: u64,
}

/// The life of the probe's URLs.
const SECONDS: u64 = 900;

fn invalid(error: InvalidInput) -> Fault {
    Fault::Unexpected(format!("it can't be signed: {error}"))
}

impl Bucket {
    /// A store, and its credentials.
    pub(crate) fn new(
        store: Store,
        id: AccessKeyId,
        secret: Secret,
        session_token: Option<Secret>,
    ) -> Result<Self, String> {
        let credentials = Credentials::new(id.clone(), secret.clone(), session_token)
            .map_err(|error| error.to_string())?;
        Ok(Self { store, id, secret, credentials })
    }

    pub(crate) fn name(&self) -> &str {
        self.store.bucket()
    }

    /// The clients' address, because their URLs are tried.
    fn address(&self) -> &Address {
        self.store.address(Sender::Client)
    }

    /// Scheme and host, for people.
    pub(super) fn origin(&self) -> String {
        self.address().origin.to_string()
    }

    pub(super) fn is_https(&self) -> bool {
        self.origin().starts_with("https:")
    }

    /// The region's name, unless it is a set of them.
    pub(super) fn region(&self) -> Option<&str> {
        match self.store.region() {
            SigningRegion::One(region) => Some(region.as_str()),
            SigningRegion::Set(_) => None,
        }
    }

    /// The value of the header that names a copy's source.
    pub(super) fn copy_source(&self, key: &str) -> String {
        use edge_signer::encoding::{Slash, percent_encode};
        let bucket = self.store.bucket();
        let path = percent_encode(key, Slash::Keep);
        if bucket.starts_with("arn:") {
            format!("{}/object/{path}", percent_encode(bucket, Slash::Keep))
        } else {
            format!("/{bucket}/{path}")
        }
    }

    /// The presigned URL of a call, with its headers and body.
    pub(super) fn sign(&self, call: &Call, now: Timestamp) -> Result<Outgoing, Fault> {
        self.sign_with(call, now, Twist::default())
    }

    /// The same, with another date or scope.
    pub(super) fn sign_with(
        &self,
        call: &Call,
        now: Timestamp,
        twist: Twist<'_>,
    ) -> Result<Outgoing, Fault> {
        let region = twist.region.map(Region::new).transpose().map_err(invalid)?;
        let region = region.map(SigningRegion::One);
        let signed = self.presigned(call, now.plus(twist.ahead), region.as_ref())?;
        Ok(outgoing(call, signed.0))
    }

    /// A URL whose `X-Amz-SignedHeaders` names the call's headers, although the canonical request has no line for
    /// `absent`; that header isn't sent.
    pub(super) fn sign_absent(
        &self,
        call: &Call,
        now: Timestamp,
        absent: &str,
    ) -> Result<Outgoing, Fault> {
        let (url, canonical) = self.presigned(call, now, None)?;
        let begins = format!("{absent}:");
        let kept = canonical.split_inclusive('\n').filter(|line| !line.starts_with(&begins));
        let canonical: String = kept.collect();
        let (date, region) = (now.amz_date(), self.store.region());
        let key = SigningKey::derive(&self.id, &self.secret, date, region, self.store.service());
        let hash = hex(&sha256(canonical.as_bytes()));
        let text = format!("{}\n{}\n{}\n{hash}", region.algorithm(), date.as_str(), key.scope());
        let unsigned = url.rsplit_once('=').map_or(url.as_str(), |(before, _)| before);
        let mut outgoing = outgoing(call, format!("{unsigned}={}", key.sign_text(&text)));
        outgoing.headers.retain(|(name, _)| name != absent);
        Ok(outgoing)
    }

    /// URL and canonical request.
    fn presigned(
        &self,
        call: &Call,
        now: Timestamp,
        region: Option<&SigningRegion>,
    ) -> Result<(String, String), Fault> {
        let target = match &call.key {
            None => Target::Prefix(String::new()),
            Some(key) => Target::Object(
                ObjectKey::new(key).map_err(|error| Fault::Unexpected(error.to_string()))?,
            ),
        };
        let mut headers = Headers::new();
        for (name, value) in &call.headers {
            headers.push(name, value).map_err(invalid)?;
        }
        let request = RequestToSign {
            method: &Method::new(call.method).map_err(invalid)?,
            origin: &self.address().origin,
            path: &self.address().path(&target),
            query: &call.query,
            headers: &headers,
            payload: PayloadHash::Unsigned,
        };
        let expires_in = ExpiresIn::from_seconds(SECONDS).map_err(invalid)?;
        let presigned = self.signer(now, region).presign_in_stages(&request, expires_in);
        Ok((presigned.url, presigned.stages.canonical_request))
    }

    fn signer<'s>(&'s self, now: Timestamp, region: Option<&'s SigningRegion>) -> Signer<'s> {
        Signer {
            credentials: &self.credentials,
            region: region.unwrap_or_else(|| self.store.region()),
            service: self.store.service(),
            time: now,
        }
    }

    /// The fields of a form with their policy and signature. A field without a condition is bound to its value.
    pub(super) fn sign_form(
        &self,
        fields: &[(&str, &str)],
        conditions: &[Value],
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Vec<(String, String)> {
        let signer = self.signer(now, None);
        let mut signed: Vec<(String, String)> = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .chain(signer.post_fields().into_iter().map(|(name, value)| (name.to_owned(), value)))
            .collect();
        let mut bound = vec![json!({ "bucket": self.store.bucket() })];
        bound.extend_from_slice(conditions);
        for (name, value) in &signed {
            let variable = format!("${name}");
            let is_about =
                |condition: &Value| condition.get(1).and_then(Value::as_str) == Some(&variable);
            if !conditions.iter().any(is_about) {
                bound.push(json!({ name: value }));
            }
        }
        let policy = json!({ "expiration": expires_at.to_string(), "conditions": bound });
        let policy = signer.sign_policy(&policy.to_string());
        signed.push(("policy".to_owned(), policy.policy));
        signed.push(("x-amz-signature".to_owned(), policy.signature));
        signed
    }

    /// The URL that forms are posted to.
    pub(super) fn form_url(&self) -> String {
        self.store.bucket_url()
    }
}

fn outgoing(call: &Call, url: String) -> Outgoing {
    let mut headers: Vec<_> = call.headers.iter().chain(&call.unsigned).cloned().collect();
    // Ceph sends a body after a 304, which would be read as the beginning of the next answer.
    if headers.iter().any(|(name, _)| name.starts_with("x-amz-copy-source-if-")) {
        headers.push(("connection".to_owned(), "close".to_owned()));
    }
    Outgoing { method: call.method, url, headers, body: call.body.clone() }
}
