use std::fmt;

use crate::encoding::{parse_query, percent_decode};
use crate::sigv4::canonical_request::{CanonicalHeaders, CanonicalRequest, canonical_query};
use crate::sigv4::string_to_sign::StringToSign;
use crate::sigv4::{Headers, Origin, PayloadHash, UriPath};

/// A presigned URL, taken apart into what was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedUrl {
    /// Stage 1 of the signature.
    pub canonical_request: String,
    /// Stage 2.
    pub string_to_sign: String,
    /// `X-Amz-Signature`
    pub signature: String,
    /// The key's id, from `X-Amz-Credential`.
    pub access_key_id: String,
    /// `X-Amz-Date`
    pub date: String,
    /// `X-Amz-Expires`
    pub expires: String,
    /// Signed headers that were not given, and so are empty in the canonical request.
    pub missing_headers: Vec<String>,
}

/// Why a URL can't be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedUrlFault {
    /// Not an http or https URL with escapes that decode.
    Url,
    /// A parameter of the signature is missing.
    Parameter(&'static str),
    /// A header that HTTP doesn't allow.
    Header,
}

impl fmt::Display for SignedUrlFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url => f.write_str("not an http or https URL"),
            Self::Parameter(name) => write!(f, "the URL has no {name}: it isn't a presigned one"),
            Self::Header => f.write_str("a header is not one that HTTP allows"),
        }
    }
}

impl SignedUrl {
    /// Reads a URL as a server does, with its request's method and headers.
    pub fn read(
        method: &str,
        url: &str,
        given: &[(String, String)],
    ) -> Result<Self, SignedUrlFault> {
        let (origin, target) = Origin::parse_prefix(url).map_err(|_| SignedUrlFault::Url)?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = percent_decode(path).map_err(|_| SignedUrlFault::Url)?;
        let mut query = parse_query(query).map_err(|_| SignedUrlFault::Url)?;
        let parameter = |name: &'static str| {
            let found = query.iter().find(|(present, _)| present == name);
            found.map(|(_, value)| value.clone()).ok_or(SignedUrlFault::Parameter(name))
        };
        let algorithm = parameter("X-Amz-Algorithm")?;
        let credential = parameter("X-Amz-Credential")?;
        let date = parameter("X-Amz-Date")?;
        let expires = parameter("X-Amz-Expires")?;
        let names = parameter("X-Amz-SignedHeaders")?;
        let signature = parameter("X-Amz-Signature")?;
        query.retain(|(name, _)| name != "X-Amz-Signature");

        let (headers, host, missing_headers) = pick(&names, given, &origin)?;
        let canonical = CanonicalHeaders::new(&host, &headers, &[]);
        let pairs = query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let stated = headers.iter().find(|(name, _)| *name == "x-amz-content-sha256");
        let canonical_request = CanonicalRequest {
            method,
            uri: &UriPath::s3(&path).wire(),
            query: &canonical_query(pairs),
            headers: &canonical,
            payload: stated.map_or(PayloadHash::Unsigned, |(_, hash)| PayloadHash::Text(hash)),
        };
        let (access_key_id, scope) = credential.split_once('/').unwrap_or((&credential, ""));
        let string_to_sign = StringToSign {
            algorithm: &algorithm,
            time: &date,
            scope,
            canonical_request: canonical_request.hash(),
        };
        let string_to_sign = string_to_sign.to_string();
        Ok(Self {
            access_key_id: access_key_id.to_owned(),
            canonical_request: canonical_request.to_string(),
            string_to_sign,
            signature,
            date,
            expires,
            missing_headers,
        })
    }
}

/// The signed headers: the given ones, the host, and those that weren't given.
fn pick(
    names: &str,
    given: &[(String, String)],
    origin: &Origin,
) -> Result<(Headers, String, Vec<String>), SignedUrlFault> {
    let (mut headers, mut missing) = (Headers::new(), Vec::new());
    let mut host = origin.authority().to_owned();
    if let Some((_, sent)) = given.iter().find(|(name, _)| name.eq_ignore_ascii_case("host")) {
        sent.clone_into(&mut host);
    }
    for name in names.split(';').filter(|name| *name != "host") {
        let mut found =
            given.iter().filter(|(given, _)| given.eq_ignore_ascii_case(name)).peekable();
        if found.peek().is_none() {
            missing.push(name.to_owned());
            headers.push(name, "").map_err(|_| SignedUrlFault::Header)?;
        }
        for (_, value) in found {
            headers.push(name, value).map_err(|_| SignedUrlFault::Header)?;
        }
    }
    Ok((headers, host, missing))
}
