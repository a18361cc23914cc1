use super::address::{Address, InvalidLocation, Location, Style, Variant};
use super::{Provider, Target};
use crate::config::{Faults, Table, secret_name};
use crate::secret::Secret;
use crate::sigv4::{AccessKeyId, Credentials, Origin, Service, SigningRegion, UriPath};

/// One configured bucket.
#[derive(Clone, Debug)]
pub struct Store {
    name: String,
    address: Address,
    bucket: String,
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
        let text = |text| Ok::<_, String>(text);
        let endpoint = table.parsed("endpoint", text);
        let bucket = table.required("bucket", text);
        let region = table.required("region", text);
        let style = table.parsed("style", |style| match style {
            "virtual" => Ok(Style::Virtual),
            "path" => Ok(Style::Path),
            _ => Err("has to be virtual or path"),
        });
        let variant = Variant {
            dualstack: table.flag("dualstack"),
            fips: table.flag("fips"),
            accelerate: table.flag("accelerate"),
        };
        let provider = table.parsed("provider", Provider::parse);
        let prefix = table.required("credentials", secret_name);
        let credentials = prefix.and_then(|prefix| read_credentials(prefix, faults, secret));
        let provider = provider.unwrap_or(Provider::Generic);
        let style = style.unwrap_or(Style::Virtual);
        let address = bucket.zip(region).and_then(|(bucket, region)| {
            let location = Location { endpoint, region, bucket, style, provider, variant };
            let faulty = |why| match why {
                InvalidLocation::Bucket => "bucket",
                InvalidLocation::Region => "region",
                InvalidLocation::Variant => "accelerate",
                InvalidLocation::Endpoint | InvalidLocation::EndpointMissing => "endpoint",
            };
            location.resolve().map_err(|why| table.fault(faulty(why), why.to_string())).ok()
        });
        table.finish();

        Some(Self {
            name: name.to_owned(),
            address: address?,
            bucket: bucket?.to_owned(),
            provider,
            credentials: credentials?,
        })
    }

    /// Its name in the configuration.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where requests go.
    pub const fn origin(&self) -> &Origin {
        &self.address.origin
    }

    /// The bucket.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Where forms are posted to.
    pub fn bucket_url(&self) -> String {
        let prefix = UriPath::s3(&self.address.path_prefix);
        format!("{}{}", self.address.origin, prefix.wire())
    }

    /// The path of an object, or of the bucket.
    pub fn path(&self, target: &Target) -> UriPath {
        let key = match target {
            Target::Object(key) => key.as_str(),
            Target::Prefix(_) => "",
        };
        UriPath::s3(&format!("{}/{key}", self.address.path_prefix))
    }

    /// The service that signatures are for.
    pub const fn service(&self) -> &Service {
        &self.address.service
    }

    /// Where signatures are good.
    pub const fn region(&self) -> &SigningRegion {
        &self.address.region
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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn every_fault_is_named_with_its_path() {
        let json = serde_json::json!({
            "endpoint": "s3.amazonaws.com", "bucket": "x", "style": "dns",
            "provider": "oracle", "credentials": "ARCHIVE", "region": "eu", "regoin": "eu",
        });
        let paths: Vec<String> =
            read(&json).unwrap_err().into_iter().map(|fault| fault.0).collect();
        assert_eq!(
            paths,
            [
                "STORES.photos.style",
                "STORES.photos.provider",
                "ARCHIVE_ACCESS_KEY_ID",
                "ARCHIVE_SECRET_ACCESS_KEY",
                "STORES.photos.bucket",
                "STORES.photos.regoin",
            ]
        );
    }
}
