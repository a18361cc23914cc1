use std::rc::Rc;

use super::address::{Address, InvalidLocation, Location, Variant};
use super::credential_set::{self, CredentialSet, Purpose};
use super::scoped::{Scoped, read_scoped};
use super::{Feature, Kept, Provider, Spelling, Style, inbox};
use crate::s3::role::AssumeRole;
use crate::s3::{Act, Operation, Sender};
use crate::sigv4::{Service, SigningRegion, UriPath};
use crate::time::Timestamp;
use crate::variables::{Faults, Table};

/// One configured bucket.
#[derive(Clone, Debug)]
pub struct Store {
    name: String,
    /// The address for the edge's own requests.
    address: Address,
    /// The address in clients' URLs, if it differs.
    public_address: Option<Address>,
    bucket: String,
    provider: Provider,
    kept: Kept,
    /// At least one set, the oldest first.
    credentials: Vec<Rc<CredentialSet>>,
    /// Likewise; empty if the others write as well.
    write_credentials: Vec<Rc<CredentialSet>>,
    /// The credentials that inspect and copy uploads; empty without an inbox.
    accept_credentials: Vec<Rc<CredentialSet>>,
    inbox: String,
    scoped: Scoped,
    role: Option<AssumeRole>,
    tags: bool,
}

impl Store {
    /// Reads `[vars.STORES.<name>]`; its credentials come from `secret`.
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
        let style = table.parsed("style", Style::parse);
        let public_endpoint = table.parsed("public_endpoint", text);
        let public_style = table.parsed("public_style", Style::parse);
        let variant = Variant {
            dualstack: table.flag("dualstack"),
            fips: table.flag("fips"),
            accelerate: table.flag("accelerate"),
        };
        let provider = table.parsed("provider", Provider::parse);
        let credentials = credential_set::read(Purpose::All, &table, faults, secret);
        let write_credentials = credential_set::read(Purpose::Writes, &table, faults, secret);
        let accept_credentials = credential_set::read(Purpose::Accepts, &table, faults, secret);
        let inbox = table.parsed("inbox", inbox::read).unwrap_or(inbox::DEFAULT);
        let provider = provider.unwrap_or(Provider::Generic);
        let style = style.unwrap_or(Style::Virtual);
        let place = bucket.zip(region).map(|(bucket, region)| Location {
            endpoint,
            region,
            bucket,
            style,
            provider,
            variant,
        });
        let address = place.and_then(|place| {
            let faulty = |why| match why {
                InvalidLocation::Bucket => "bucket",
                InvalidLocation::Region => "region",
                InvalidLocation::Variant => "accelerate",
                InvalidLocation::Endpoint
                | InvalidLocation::EndpointMissing
                | InvalidLocation::Cname => "endpoint",
            };
            place.resolve().map_err(|why| table.fault(faulty(why), why.to_string())).ok()
        });
        let public_address = address.as_ref().and(place).zip(public_endpoint).and_then(
            |(place, public_endpoint)| {
                let (endpoint, style) = (Some(public_endpoint), public_style.unwrap_or(style));
                let variant = Variant::default();
                let public = Location { endpoint, style, variant, ..place }.resolve();
                public.map_err(|why| table.fault("public_endpoint", why.to_string())).ok()
            },
        );
        if public_endpoint.is_some() && provider == Provider::R2 {
            table.fault("public_endpoint", "has no place with r2, which signs for one address");
        }
        if public_style.is_some() && public_endpoint.is_none() {
            table.fault("public_style", "goes with public_endpoint");
        }
        let (scoped, is_bound) = read_scoped(&table, provider);
        let kept = Kept::read(&table, provider, is_bound);
        if scoped != Scoped::None && write_credentials.as_ref().is_some_and(|sets| !sets.is_empty())
        {
            table.fault("write_credentials", "and credentials for one URL exclude each other");
        }
        let role = AssumeRole::read(&table, region, provider);
        if role.is_some() && provider != Provider::Aws && provider != Provider::Minio {
            table.fault("assume_role", "goes with the providers aws and minio");
        }
        let tags = table.flag("tag");
        table.finish();

        Some(Self {
            name: name.to_owned(),
            address: address?,
            public_address,
            bucket: bucket?.to_owned(),
            provider,
            kept,
            write_credentials: write_credentials?.into_iter().map(Rc::new).collect(),
            credentials: credentials?.into_iter().map(Rc::new).collect(),
            accept_credentials: accept_credentials?.into_iter().map(Rc::new).collect(),
            inbox: inbox.to_owned(),
            scoped,
            role,
            tags,
        })
    }

    /// Its name in the configuration.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The role that signs instead of the store's own credentials, if there is one.
    pub const fn role(&self) -> Option<&AssumeRole> {
        self.role.as_ref()
    }

    /// Whether a client's URL for this operation is signed with credentials for it alone.
    pub fn is_scoped(&self, operation: Operation) -> bool {
        match self.scoped {
            Scoped::None => false,
            Scoped::Writes => operation.writes(),
            Scoped::All => true,
        }
    }

    /// Whether its URLs have tags by default.
    pub const fn tags(&self) -> bool {
        self.tags
    }

    /// The features that it is relied on to have.
    pub const fn kept(&self) -> &Kept {
        &self.kept
    }

    /// What it may do to keys.
    pub const fn spelling(&self, act: Act) -> Spelling {
        Spelling::of(self.kept.of_act(act))
    }

    /// Whether clients get URLs for this operation. For a store that may obey unsigned headers they get none that
    /// write, unless the credentials reach no further.
    pub fn signs_for_clients(&self, operation: Operation) -> bool {
        let (guarded, act) = (Feature::UnsignedHeadersRefused, Act::Operation(operation));
        !guarded.acts().contains(act)
            || self.kept.of_act(act).contains(guarded)
            || !self.write_credentials.is_empty()
            || self.is_scoped(operation)
    }

    /// The address for a sender's requests.
    pub const fn address(&self, sender: Sender) -> &Address {
        match (sender, &self.public_address) {
            (Sender::Client, Some(public)) => public,
            _ => &self.address,
        }
    }

    /// The bucket.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The bucket's name in forms: at Ceph it lacks the tenant.
    pub fn bucket_in_forms(&self) -> &str {
        let is_tenant = self.provider == Provider::Ceph;
        self.bucket.split_once(':').filter(|_| is_tenant).map_or(&self.bucket, |(_, name)| name)
    }

    /// The URL that forms are posted to.
    pub fn bucket_url(&self) -> String {
        let address = self.address(Sender::Client);
        let prefix = UriPath::s3(&address.path_prefix);
        format!("{}{}", address.origin, prefix.wire())
    }

    /// The service that signatures are for.
    pub const fn service(&self) -> &Service {
        &self.address.service
    }

    /// The regions of signatures.
    pub const fn region(&self) -> &SigningRegion {
        &self.address.region
    }

    /// The provider.
    pub const fn provider(&self) -> Provider {
        self.provider
    }

    /// All its credentials, the newest last.
    pub fn credentials(&self) -> &[Rc<CredentialSet>] {
        &self.credentials
    }

    /// The credentials that sign: the newest that haven't expired.
    pub fn current_credentials(&self, now: Timestamp) -> Option<&Rc<CredentialSet>> {
        newest(&self.credentials, now)
    }

    /// The separate credentials for writing, the newest last.
    pub fn write_credentials(&self) -> &[Rc<CredentialSet>] {
        &self.write_credentials
    }

    /// The credentials for writing that sign.
    pub fn current_write_credentials(&self, now: Timestamp) -> Option<&Rc<CredentialSet>> {
        newest(&self.write_credentials, now)
    }

    /// The credentials that inspect uploads, if the store has an inbox.
    pub fn current_accept_credentials(&self, now: Timestamp) -> Option<&Rc<CredentialSet>> {
        newest(&self.accept_credentials, now)
    }

    /// Whether writes are signed with credentials that can't read.
    pub const fn writes_only(&self) -> bool {
        !self.write_credentials.is_empty()
    }

    /// Whether it has credentials for an inbox.
    pub const fn accepts(&self) -> bool {
        !self.accept_credentials.is_empty()
    }

    /// The prefix of its inbox.
    pub fn inbox(&self) -> &str {
        &self.inbox
    }
}

fn newest(sets: &[Rc<CredentialSet>], now: Timestamp) -> Option<&Rc<CredentialSet>> {
    sets.iter().rev().find(|set| set.max_expires(now).is_some())
}

#[cfg(test)]
mod tests;
