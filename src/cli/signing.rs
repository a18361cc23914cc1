//! Signing a user's input, from arguments or a line.

use std::env;

use clap::Args;
use edge_signer::encoding::{PercentError, parse_query, percent_decode};
use edge_signer::secret::Secret;
use edge_signer::sigv4::{
    AccessKeyId, Credentials, ExpiresIn, Headers, InvalidInput, Method, Origin, PayloadHash,
    PresignedInStages, Region, RegionSet, RequestToSign, Service, Signer, SigningRegion, UriPath,
};
use edge_signer::time::Timestamp;

/// Parameters that the signature adds; a URL with one of them is signed already.
const AUTHENTICATION_PARAMETERS: [&str; 8] = [
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-region-set",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
];

/// The options for one URL, and the defaults for lines.
#[derive(Args)]
pub(super) struct Options {
    /// The HTTP method
    #[arg(long, default_value = "GET")]
    pub(super) method: String,
    /// Seconds that the URL lives, 1 to 604800
    #[arg(long, default_value_t = 3600)]
    pub(super) expires: u64,
    /// The region
    #[arg(long, env = "AWS_REGION", default_value = "us-east-1")]
    pub(super) region: String,
    /// The service
    #[arg(long, default_value = "s3")]
    pub(super) service: String,
    /// Sign with SigV4A; --region is then the set of regions, such as '*'
    #[arg(long)]
    pub(super) v4a: bool,
}

/// The request to sign, as the user wrote it.
pub(super) struct Wanted {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) expires: u64,
    pub(super) date: Timestamp,
    pub(super) region: String,
    pub(super) service: String,
    pub(super) v4a: bool,
    pub(super) credentials: Credentials,
}

/// Why nothing was signed: a stable code, and what to do.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) code: &'static str,
    pub(super) detail: String,
}

/// Reads `name: value`.
pub(super) fn parse_header(header: &str) -> Result<(String, String), String> {
    let parts = header.split_once(':');
    let (name, value) = parts
        .ok_or_else(|| format!("--header {header:?} has no colon; write it as 'name: value'"))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// Signs a request.
pub(super) fn presign(wanted: &Wanted) -> Result<PresignedInStages, Refused> {
    let method = Method::new(&wanted.method)?;
    let (origin, target) = Origin::parse_prefix(&wanted.url)?;
    if target.contains('#') {
        return Err(Refused::new("malformed_url", "the URL has a fragment; write # as %23"));
    }
    let service = Service::new(&wanted.service)?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let query = parse_query(query).map_err(undecodable)?;
    let is_authentication =
        |name: &str| AUTHENTICATION_PARAMETERS.iter().any(|known| known.eq_ignore_ascii_case(name));
    if query.iter().any(|(name, _)| is_authentication(name)) {
        let detail = "the URL is signed already; take its X-Amz-… parameters out";
        return Err(Refused::new("already_signed", detail));
    }
    let headers = headers(&wanted.headers, &origin)?;
    let is_s3 = wanted.service.starts_with("s3");
    let decoded;
    let path = if is_s3 {
        decoded = percent_decode(path).map_err(undecodable)?;
        UriPath::s3(&decoded)
    } else {
        UriPath::normalized(path)
    };
    let stated_hash =
        headers.iter().find(|(name, _)| *name == "x-amz-content-sha256").map(|(_, value)| value);
    let payload = match stated_hash {
        Some(hash) => PayloadHash::Text(hash),
        None if is_s3 => PayloadHash::Unsigned,
        None => PayloadHash::Of(b""),
    };
    let region = if wanted.v4a {
        SigningRegion::Set(RegionSet::new(&wanted.region)?)
    } else {
        SigningRegion::One(Region::new(&wanted.region)?)
    };
    let signer = Signer {
        credentials: &wanted.credentials,
        region: &region,
        service: &service,
        time: wanted.date,
    };
    let request = RequestToSign {
        method: &method,
        origin: &origin,
        path: &path,
        query: &query,
        headers: &headers,
        payload,
    };
    Ok(signer.presign_in_stages(&request, ExpiresIn::from_seconds(wanted.expires)?))
}

/// The headers to bind. `host` is always signed; given once more, it has to be the URL's.
fn headers(pairs: &[(String, String)], origin: &Origin) -> Result<Headers, Refused> {
    let mut headers = Headers::new();
    for (name, value) in pairs {
        if !name.eq_ignore_ascii_case("host") {
            headers.push(name, value)?;
        } else if !value.trim().eq_ignore_ascii_case(origin.authority()) {
            let detail = format!("the host header is {value:?}, but the URL's host is another");
            return Err(Refused::new("invalid_header", detail));
        }
    }
    Ok(headers)
}

pub(super) fn parse_date(text: &str) -> Result<Timestamp, Refused> {
    let invalid = || Refused::new("invalid_date", "a date is YYYYMMDDTHHMMSSZ, in UTC");
    Timestamp::parse_amz(text).ok_or_else(invalid)
}

pub(super) fn credentials_from_environment() -> Result<Credentials, Refused> {
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let required = |name: &str| {
        let missing = || Refused::new("missing_credentials", format!("set {name}"));
        variable(name).ok_or_else(missing)
    };
    let id = required("AWS_ACCESS_KEY_ID")?;
    let secret = required("AWS_SECRET_ACCESS_KEY")?;
    credentials(&id, secret, variable("AWS_SESSION_TOKEN"))
}

pub(super) fn credentials(
    id: &str,
    secret: String,
    session_token: Option<String>,
) -> Result<Credentials, Refused> {
    let id = AccessKeyId::new(id)?;
    Ok(Credentials::new(id, Secret::new(secret), session_token.map(Secret::new))?)
}

fn undecodable(error: PercentError) -> Refused {
    Refused::new(
        "malformed_url",
        match error {
            PercentError::Escape => "the URL has a % without two hexadecimal digits behind it",
            PercentError::Utf8 => "the URL's escapes don't decode to UTF-8",
        },
    )
}

impl Refused {
    pub(super) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

impl From<InvalidInput> for Refused {
    fn from(error: InvalidInput) -> Self {
        let code = match error {
            InvalidInput::Method => "invalid_method",
            InvalidInput::Origin => "invalid_url",
            InvalidInput::HeaderName | InvalidInput::HeaderValue => "invalid_header",
            InvalidInput::ExpiresIn => "invalid_expiry",
            InvalidInput::Region => "invalid_region",
            InvalidInput::Service => "invalid_service",
            InvalidInput::AccessKeyId | InvalidInput::SessionToken => "invalid_credentials",
        };
        Self::new(code, error.to_string())
    }
}
