use super::act::{Act, Acts};
use super::feature::{Feature, Features};
use crate::variables::Table;

#[rustfmt::skip]
mod table;

pub(in crate::s3) use table::ACTS;
use table::COLUMNS;

/// Whose S3 it is; decides which features are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Amazon S3.
    Aws,
    /// Cloudflare R2.
    R2,
    /// MinIO.
    Minio,
    /// Garage.
    Garage,
    /// Backblaze B2.
    B2,
    /// Ceph's object gateway.
    Ceph,
    /// Wasabi.
    Wasabi,
    /// `DigitalOcean` Spaces.
    Spaces,
    /// `OpenStack` Swift with its S3 API.
    Swift,
    /// `RustFS`.
    Rustfs,
    /// `SeaweedFS`.
    Seaweedfs,
    /// Tigris.
    Tigris,
    /// Supabase Storage.
    Supabase,
    /// Anything else: only what a signature alone makes every S3 keep.
    Generic,
}

/// What is known of one release of a provider's, or of a provider that has none.
struct Column {
    provider: Provider,
    release: Option<&'static str>,
    keeps: &'static [(Feature, u16)],
    /// What holds in a bucket alone that was never versioned.
    keeps_unversioned: &'static [(Feature, u16)],
}

impl Provider {
    /// All of them, with the names that the configuration uses.
    const ALL: [(Self, &'static str); 14] = [
        (Self::Aws, "aws"),
        (Self::R2, "r2"),
        (Self::Minio, "minio"),
        (Self::Garage, "garage"),
        (Self::B2, "b2"),
        (Self::Ceph, "ceph"),
        (Self::Wasabi, "wasabi"),
        (Self::Spaces, "spaces"),
        (Self::Swift, "swift"),
        (Self::Rustfs, "rustfs"),
        (Self::Seaweedfs, "seaweedfs"),
        (Self::Tigris, "tigris"),
        (Self::Supabase, "supabase"),
        (Self::Generic, "generic"),
    ];

    /// Reads a provider's name.
    pub fn parse(name: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|(_, known)| *known == name);
        found.map(|(provider, _)| *provider).ok_or_else(|| {
            format!("is not a provider; known are: {}", Self::ALL.map(|(_, name)| name).join(", "))
        })
    }

    fn columns(self) -> impl Iterator<Item = &'static Column> {
        COLUMNS.iter().filter(move |column| column.provider == self)
    }
}

/// What a store is relied on to keep, by what it is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept([Features; Act::COUNT]);

impl Kept {
    /// Reads a store's `release`, `versioned` and `features`, on top of what is known of its provider.
    /// `refuses_unsigned` is the operator's word by another setting.
    pub(in crate::s3) fn read(
        table: &Table<'_>,
        provider: Provider,
        refuses_unsigned: bool,
    ) -> Self {
        let release = table.parsed("release", |release| {
            let known: Vec<&str> = provider.columns().filter_map(|column| column.release).collect();
            let is_of = |known: &&&str| {
                release.strip_prefix(**known).is_some_and(|r| r.is_empty() || r.starts_with('.'))
            };
            known.iter().find(is_of).copied().ok_or_else(|| match known[..] {
                [] => "is not for this provider, of which no release was measured".to_owned(),
                _ => format!(
                    "was not measured; these were: {}. Without it the most cautious of them counts",
                    known.join(", ")
                ),
            })
        });
        let never_versioned = table.optional_flag("versioned") == Some(false);
        let mut kept = Self::of(provider, release, never_versioned);
        if refuses_unsigned {
            let feature = Feature::UnsignedHeadersRefused;
            kept.set(feature, feature.acts(), true);
        }
        kept.override_with(table);
        kept
    }

    /// What is known of a provider. Without a release, what all of those hold that were measured.
    fn of(provider: Provider, release: Option<&str>, never_versioned: bool) -> Self {
        let columns = provider.columns();
        let columns = columns.filter(|column| release.is_none() || column.release == release);
        let kept = columns.map(|column| Self::of_column(column, never_versioned));
        kept.reduce(Self::and).unwrap_or(Self::NOTHING)
    }

    const NOTHING: Self = Self([Features::NONE; Act::COUNT]);

    fn of_column(column: &Column, never_versioned: bool) -> Self {
        let mut kept = Self::NOTHING;
        let unversioned = if never_versioned { column.keeps_unversioned } else { &[] };
        for &(feature, acts) in column.keeps.iter().chain(unversioned) {
            kept.set(feature, Acts(acts), true);
        }
        kept
    }

    fn and(mut self, other: Self) -> Self {
        for (own, other) in self.0.iter_mut().zip(other.0) {
            *own = own.and(other);
        }
        self
    }

    fn set(&mut self, feature: Feature, acts: Acts, keeps: bool) {
        for act in acts.iter() {
            let features = &mut self.0[act.index()];
            if keeps { features.insert(feature) } else { features.remove(feature) }
        }
    }

    /// The operator's word. An entry that names an operation wins over one that doesn't.
    fn override_with(&mut self, table: &Table<'_>) {
        let Some(value) = table.value("features") else { return };
        let Some(settings) = value.as_object() else {
            table.fault("features", "has to be a table, such as { create_only = true }");
            return;
        };
        let mut claims = Vec::new();
        for (name, value) in settings {
            let path = format!("features.{name}");
            match (Feature::of_setting(name), value.as_bool()) {
                (Err(why), _) => table.fault(&path, why),
                (Ok(_), None) => table.fault(&path, "has to be true or false"),
                (Ok(about), Some(keeps)) => claims.push((name.contains(':'), about, keeps)),
            }
        }
        claims.sort_by_key(|(is_specific, ..)| *is_specific);
        for (_, about, keeps) in claims {
            for (feature, acts) in about {
                self.set(feature, acts, keeps);
            }
        }
    }

    /// What is kept where that is asked.
    pub const fn of_act(&self, act: Act) -> Features {
        self.0[act.index()]
    }
}
