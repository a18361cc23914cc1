use super::{Provider, Target};
use crate::config::{Faults, Table, secret_name};
use crate::secret::Secret;
use crate::sigv4::{
    AccessKeyId, Credentials, Origin, Region, RegionSet, Scheme, SigningRegion, UriPath,
};

/// How a bucket is named in a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `https://bucket.endpoint/key`
    Virtual,
    /// `https://endpoint/bucket/key`
    Path,
}

/// One configured bucket.
#[derive(Clone, Debug)]
pub struct Store {
    name: String,
    origin: Origin,
    bucket: String,
    /// What stands before the key's slash in the path, not encoded: the endpoint's base path and, in
    /// path style, the bucket.
    path_prefix: String,
    region: SigningRegion,
    provider: Provider,
    credentials: Credentials,
}

impl Store {
    /// Reads `[vars.STORES.<name>]`; its credentials come out of `secret`.
    pub fn read(
        name: &str,
        table: Table<'_>,
        faults: &Faults,
        secret: &dyn Fn(&str) -> Option<String>,
    ) -> Option<Self> {
        let endpoint = table.required("endpoint", |url| match Origin::parse_prefix(url) {
            Ok((origin, path)) if is_base_path(path) => Ok((origin, path.trim_end_matches('/'))),
            _ => Err("has to be a URL such as https://s3.eu-central-1.amazonaws.com"),
        });
        let bucket = table.required("bucket", |bucket| {
            is_bucket(bucket).then_some(bucket).ok_or("is no bucket's name")
        });
        // A set of regions is signed with SigV4A, which multi-region access points want.
        let region = match table.parsed("region_set", RegionSet::new) {
            Some(set) => Some(SigningRegion::Set(set)),
            None => table.required("region", Region::new).map(SigningRegion::One),
        };
        let style = table.parsed("style", |style| match style {
            "virtual" => Ok(Style::Virtual),
            "path" => Ok(Style::Path),
            _ => Err("has to be virtual or path"),
        });
        let provider = table.parsed("provider", Provider::parse);
        let prefix = table.required("credentials", secret_name);
        let credentials = prefix.and_then(|prefix| read_credentials(prefix, faults, secret));
        let path = table.path_of("endpoint");
        table.finish();

        let ((endpoint, base_path), bucket) = (endpoint?, bucket?);
        let style = effective_style(style.unwrap_or(Style::Virtual), &endpoint, bucket);
        let (origin, path_prefix) = match style {
            Style::Path => (endpoint, format!("{base_path}/{bucket}")),
            Style::Virtual => {
                let origin = endpoint.with_subdomain(bucket);
                let origin = origin.map_err(|error| faults.add(path, error.to_string())).ok()?;
                (origin, base_path.to_owned())
            }
        };
        Some(Self {
            name: name.to_owned(),
            origin,
            bucket: bucket.to_owned(),
            path_prefix,
            region: region?,
            provider: provider.unwrap_or(Provider::Generic),
            credentials: credentials?,
        })
    }

    /// Its name in the configuration.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where requests go.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The bucket.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Where forms are posted to.
    pub fn bucket_url(&self) -> String {
        let prefix = UriPath::s3(&self.path_prefix);
        format!("{}{}", self.origin, prefix.wire())
    }

    /// The path of an object, or of the bucket.
    pub fn path(&self, target: &Target) -> UriPath {
        let key = match target {
            Target::Object(key) => key.as_str(),
            Target::Prefix(_) => "",
        };
        UriPath::s3(&format!("{}/{key}", self.path_prefix))
    }

    /// Where signatures are good.
    pub const fn region(&self) -> &SigningRegion {
        &self.region
    }

    /// Whose S3 it is.
    pub const fn provider(&self) -> Provider {
        self.provider
    }

    /// Who signs.
    pub const fn credentials(&self) -> &Credentials {
        &self.credentials
    }
}

/// `PREFIX_ACCESS_KEY_ID`, `PREFIX_SECRET_ACCESS_KEY` and, where it is there, `PREFIX_SESSION_TOKEN`.
fn read_credentials(
    prefix: &str,
    faults: &Faults,
    secret: &dyn Fn(&str) -> Option<String>,
) -> Option<Credentials> {
    let required = |suffix: &str| {
        let name = format!("{prefix}_{suffix}");
        let value = secret(&name).filter(|value| !value.is_empty());
        if value.is_none() {
            let help = format!("this secret is missing: npx wrangler secret put {name}");
            faults.add(name, help);
        }
        value
    };
    let (id, key) = (required("ACCESS_KEY_ID"), required("SECRET_ACCESS_KEY"));
    let token = secret(&format!("{prefix}_SESSION_TOKEN")).filter(|token| !token.is_empty());
    let id = AccessKeyId::new(&id?)
        .map_err(|error| faults.add(format!("{prefix}_ACCESS_KEY_ID"), error.to_string()))
        .ok()?;
    Credentials::new(id, Secret::new(key?), token.map(Secret::new))
        .map_err(|error| faults.add(format!("{prefix}_SESSION_TOKEN"), error.to_string()))
        .ok()
}

/// Path style where a host name can't hold the bucket: before an IP address, and with a dotted bucket
/// over TLS, whose certificate covers one label only. The SDKs do the same.
fn effective_style(style: Style, endpoint: &Origin, bucket: &str) -> Style {
    let host = endpoint.host();
    let is_address = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
    let dotted_over_tls = endpoint.scheme() == Scheme::Https && bucket.contains('.');
    if is_address || dotted_over_tls { Style::Path } else { style }
}

/// The rule that holds for every S3; each has more of its own.
fn is_bucket(bucket: &str) -> bool {
    (3..=255).contains(&bucket.len())
        && bucket.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
        && !bucket.split('.').any(str::is_empty)
}

fn is_base_path(path: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'/');
    path.bytes().all(plain) && !path.split('/').any(|segment| segment == "." || segment == "..")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sigv4::Origin;

    fn secrets(name: &str) -> Option<String> {
        match name {
            "PHOTOS_ACCESS_KEY_ID" => Some("AKIAIOSFODNN7EXAMPLE".to_owned()),
            "PHOTOS_SECRET_ACCESS_KEY" => {
                Some("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned())
            }
            _ => None,
        }
    }

    fn read(json: &serde_json::Value) -> Result<Store, Vec<(String, String)>> {
        let faults = Faults::default();
        let store = Table::new("STORES.photos", json, &faults)
            .and_then(|table| Store::read("photos", table, &faults, &secrets));
        store.ok_or_else(|| faults.into_vec().into_iter().map(|f| (f.path, f.detail)).collect())
    }

    #[test]
    fn where_an_object_is() {
        let key = Target::Object(crate::s3::ObjectKey::new("a b/c").unwrap());
        for (endpoint, bucket, style, expected) in [
            (
                "https://s3.eu-central-1.amazonaws.com",
                "my-photos",
                "virtual",
                "https://my-photos.s3.eu-central-1.amazonaws.com/a%20b/c",
            ),
            (
                "https://s3.eu-central-1.amazonaws.com/",
                "my-photos",
                "path",
                "https://s3.eu-central-1.amazonaws.com/my-photos/a%20b/c",
            ),
            (
                "http://127.0.0.1:9000",
                "my-photos",
                "virtual",
                "http://127.0.0.1:9000/my-photos/a%20b/c",
            ),
            (
                "https://s3.example.com",
                "my.photos",
                "virtual",
                "https://s3.example.com/my.photos/a%20b/c",
            ),
            (
                "https://gw.example.com/s3/v1/",
                "my-photos",
                "path",
                "https://gw.example.com/s3/v1/my-photos/a%20b/c",
            ),
        ] {
            let store = read(&serde_json::json!({
                "endpoint": endpoint, "bucket": bucket, "style": style,
                "region": "eu-central-1", "credentials": "PHOTOS",
            }))
            .unwrap();
            let url = format!("{}{}", store.origin(), store.path(&key).wire());
            assert_eq!(url, expected);
            assert!(Origin::parse_prefix(&url).is_ok());
        }
    }

    #[test]
    fn every_fault_is_named_with_its_path() {
        let json = serde_json::json!({
            "endpoint": "s3.amazonaws.com", "bucket": "x", "style": "dns",
            "provider": "oracle", "credentials": "ARCHIVE", "regoin": "eu",
        });
        let paths: Vec<String> =
            read(&json).unwrap_err().into_iter().map(|fault| fault.0).collect();
        assert_eq!(
            paths,
            [
                "STORES.photos.endpoint",
                "STORES.photos.bucket",
                "STORES.photos.region",
                "STORES.photos.style",
                "STORES.photos.provider",
                "ARCHIVE_ACCESS_KEY_ID",
                "ARCHIVE_SECRET_ACCESS_KEY",
                "STORES.photos.regoin",
            ]
        );
    }
}
