//! The host, path and signing scope of a store's requests, from its settings.

use crate::sigv4::{
    InvalidInput, Origin, Region, RegionSet, Scheme, Service, SigningRegion, UriPath,
};

use super::partition::dns_suffix;
use super::style::{Style, effective_style};
use crate::s3::{Provider, Target};

/// AWS's variants of an endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Variant {
    /// Also reachable by IPv6.
    pub dualstack: bool,
    /// With cryptography that is validated by FIPS 140.
    pub fips: bool,
    /// Through Amazon's nearest edge location.
    pub accelerate: bool,
}

/// A store's location, from its settings.
#[derive(Clone, Copy, Debug)]
pub struct Location<'a> {
    /// The endpoint's URL; by default the provider's for the region.
    pub endpoint: Option<&'a str>,
    /// The region; for an access point the ARN's region counts.
    pub region: &'a str,
    /// A bucket's name, at Ceph perhaps with its tenant, or the ARN of an access point.
    pub bucket: &'a str,
    /// How URLs name the bucket.
    pub style: Style,
    /// The provider.
    pub provider: Provider,
    /// AWS's variants.
    pub variant: Variant,
}

/// The address of requests, and their signing scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Scheme, host and port.
    pub origin: Origin,
    /// The part of the path before the key's slash, not encoded.
    pub path_prefix: String,
    /// The regions of signatures.
    pub region: SigningRegion,
    /// The service's signing name.
    pub service: Service,
}

impl Address {
    /// The path of an object, or of the bucket.
    pub fn path<'a>(&'a self, target: &'a Target) -> UriPath<'a> {
        let key = match target {
            Target::Object(key) => key.as_str(),
            Target::Prefix(_) => "",
        };
        UriPath::s3_below(&self.path_prefix, key)
    }
}

/// Why there is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidLocation {
    /// The provider has no endpoint that follows from the region.
    EndpointMissing,
    /// Not a URL of scheme, host, port and base path.
    Endpoint,
    /// Neither a bucket's name nor an access point's ARN.
    Bucket,
    /// Not a region's name.
    Region,
    /// A bucket's own domain is missing, or the provider has no such domains.
    Cname,
    /// AWS doesn't offer these variants together, or for this bucket.
    Variant,
}

impl std::fmt::Display for InvalidLocation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::EndpointMissing => "is missing: this provider's can't be told from the region",
            Self::Endpoint => "has to be a URL such as https://s3.eu-central-1.amazonaws.com",
            Self::Bucket => "is neither a bucket's name nor an access point's ARN",
            Self::Region => "is not a region's name, such as eu-central-1",
            Self::Cname => {
                "has to be the bucket's own domain with style cname, which r2 signs nothing for"
            }
            Self::Variant => {
                "dualstack, fips and accelerate go without an endpoint, with provider aws; accelerate \
                 goes with neither fips nor a dotted bucket nor path style"
            }
        })
    }
}

impl From<InvalidInput> for InvalidLocation {
    fn from(_: InvalidInput) -> Self {
        Self::Endpoint
    }
}

impl Location<'_> {
    /// Finds the address.
    pub fn resolve(&self) -> Result<Address, InvalidLocation> {
        if let Some(arn) = self.bucket.strip_prefix("arn:") {
            return self.of_access_point(arn);
        }
        let is_tenant = |tenant: &str| !tenant.is_empty() && tenant.bytes().all(is_of_tenant);
        let is_bucket = match self.bucket.split_once(':') {
            Some((tenant, bucket)) if self.provider == Provider::Ceph => {
                is_tenant(tenant) && is_bucket(bucket)
            }
            _ => is_bucket(self.bucket),
        };
        if !is_bucket {
            return Err(InvalidLocation::Bucket);
        }
        let needs_domain = self.style == Style::Cname;
        if needs_domain && (self.endpoint.is_none() || self.provider == Provider::R2) {
            return Err(InvalidLocation::Cname);
        }
        if self.variant != Variant::default()
            && (self.endpoint.is_some() || self.provider != Provider::Aws)
        {
            return Err(InvalidLocation::Variant);
        }
        let region = Region::new(self.region).map_err(|_| InvalidLocation::Region)?;
        if let Some(zone) = directory_bucket_zone(self.bucket) {
            return self.of_directory_bucket(zone, region);
        }
        let (endpoint, base_path) = self.endpoint()?;
        let address = |origin, path_prefix| Address {
            origin,
            path_prefix,
            region: SigningRegion::One(region),
            service: Service::s3(),
        };
        match effective_style(self.style, &endpoint, self.bucket) {
            Style::Path if self.variant.accelerate => Err(InvalidLocation::Variant),
            Style::Path => Ok(address(endpoint, format!("{base_path}/{}", self.bucket))),
            Style::Cname => Ok(address(endpoint, base_path)),
            Style::Virtual => Ok(address(endpoint.with_subdomain(self.bucket)?, base_path)),
        }
    }

    /// The endpoint and its base path.
    fn endpoint(&self) -> Result<(Origin, String), InvalidLocation> {
        if let Some(url) = self.endpoint {
            return match Origin::parse_prefix(url) {
                Ok((origin, path)) if is_base_path(path) => {
                    Ok((origin, path.trim_end_matches('/').to_owned()))
                }
                _ => Err(InvalidLocation::Endpoint),
            };
        }
        let region = self.region;
        let host = match self.provider {
            Provider::Aws => self.aws_host()?,
            Provider::Wasabi => format!("s3.{region}.wasabisys.com"),
            Provider::Spaces => format!("{region}.digitaloceanspaces.com"),
            Provider::B2 => format!("s3.{region}.backblazeb2.com"),
            Provider::R2
            | Provider::Minio
            | Provider::Garage
            | Provider::Ceph
            | Provider::Swift
            | Provider::Rustfs
            | Provider::Seaweedfs
            | Provider::Tigris
            | Provider::Supabase
            | Provider::Generic => return Err(InvalidLocation::EndpointMissing),
        };
        Ok((Origin::new(Scheme::Https, &host)?, String::new()))
    }

    /// <https://docs.aws.amazon.com/general/latest/gr/s3.html>
    fn aws_host(&self) -> Result<String, InvalidLocation> {
        let Variant { dualstack, fips, accelerate } = self.variant;
        let dualstack = if dualstack { ".dualstack" } else { "" };
        let suffix = dns_suffix(self.region);
        if accelerate {
            if fips || suffix != "amazonaws.com" {
                return Err(InvalidLocation::Variant);
            }
            return Ok(format!("s3-accelerate{dualstack}.{suffix}"));
        }
        let fips = if fips { "-fips" } else { "" };
        Ok(format!("s3{fips}{dualstack}.{}.{suffix}", self.region))
    }

    /// `partition:service:region:account:resource`
    fn of_access_point(&self, arn: &str) -> Result<Address, InvalidLocation> {
        let parts: Vec<&str> = arn.splitn(5, ':').collect();
        let &[_, service, region, account, resource] = &parts[..] else {
            return Err(InvalidLocation::Bucket);
        };
        if self.provider != Provider::Aws || self.endpoint.is_some() || self.variant.accelerate {
            return Err(InvalidLocation::Variant);
        }
        let is_label = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        let fips = if self.variant.fips { "-fips" } else { "" };
        let dualstack = if self.variant.dualstack { ".dualstack" } else { "" };
        let suffix = dns_suffix(region);
        let path: Vec<&str> = resource.split(['/', ':']).collect();
        let (host, service) = match (service, &path[..]) {
            // A multi-region access point's ARN has no region.
            ("s3", ["accesspoint", alias]) if region.is_empty() => {
                let label = alias.strip_suffix(".mrap").filter(|label| is_label(label));
                let label = label.ok_or(InvalidLocation::Bucket)?;
                if self.variant != Variant::default() {
                    return Err(InvalidLocation::Variant);
                }
                let host = format!("{label}.mrap.accesspoint.s3-global.{suffix}");
                return Ok(Address {
                    origin: Origin::new(Scheme::Https, &host)?,
                    path_prefix: String::new(),
                    region: SigningRegion::Set(RegionSet::new("*")?),
                    service: Service::s3(),
                });
            }
            ("s3", ["accesspoint", name]) if is_label(name) => (
                format!("{name}-{account}.s3-accesspoint{fips}{dualstack}.{region}.{suffix}"),
                "s3",
            ),
            ("s3-object-lambda", ["accesspoint", name]) if is_label(name) => {
                let host = format!("{name}-{account}.s3-object-lambda{fips}.{region}.{suffix}");
                (host, "s3-object-lambda")
            }
            ("s3-outposts", ["outpost", outpost, "accesspoint", name]) if is_label(name) => {
                let host = format!("{name}-{account}.{outpost}.s3-outposts.{region}.{suffix}");
                (host, "s3-outposts")
            }
            _ => return Err(InvalidLocation::Bucket),
        };
        Ok(Address {
            origin: Origin::new(Scheme::Https, &host).map_err(|_| InvalidLocation::Bucket)?,
            path_prefix: String::new(),
            region: SigningRegion::One(Region::new(region).map_err(|_| InvalidLocation::Bucket)?),
            service: Service::new(service)?,
        })
    }

    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-Regions-and-Zones.html>
    fn of_directory_bucket(&self, zone: &str, region: Region) -> Result<Address, InvalidLocation> {
        if self.provider != Provider::Aws || self.endpoint.is_some() || self.variant.accelerate {
            return Err(InvalidLocation::Variant);
        }
        let fips = if self.variant.fips { "-fips" } else { "" };
        let dualstack = if self.variant.dualstack { ".dualstack" } else { "" };
        let (bucket, name) = (self.bucket, region.as_str());
        let host =
            format!("{bucket}.s3express{fips}-{zone}{dualstack}.{name}.{}", dns_suffix(name));
        Ok(Address {
            origin: Origin::new(Scheme::Https, &host)?,
            path_prefix: String::new(),
            region: SigningRegion::One(region),
            service: Service::new("s3express")?,
        })
    }
}

/// `name--zone--x-s3`
fn directory_bucket_zone(bucket: &str) -> Option<&str> {
    bucket.strip_suffix("--x-s3")?.rsplit_once("--").map(|(_, zone)| zone)
}

/// The naming rule that every S3 shares; each has stricter ones.
fn is_bucket(bucket: &str) -> bool {
    (3..=255).contains(&bucket.len())
        && bucket.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
        && !bucket.split('.').any(str::is_empty)
}

/// The characters of Ceph's tenants, whose buckets others name `tenant:bucket`.
const fn is_of_tenant(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}

fn is_base_path(path: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'/');
    path.bytes().all(plain) && !path.split('/').any(|segment| segment == "." || segment == "..")
}

#[cfg(test)]
mod tests;
