use super::provider::Column;
use super::provider::table::{ACTS, COLUMNS};
use super::{Feature, Features, Provider};
use crate::order::sort_few;
use crate::s3::{Act, Acts};
use crate::variables::Table;

/// The features that a store is relied on to have, for each operation and for forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept([Features; Act::COUNT]);

impl Kept {
    /// Reads a store's `release`, `versioned` and `features`, on top of its provider's features. `refuses_unsigned` is
    /// the operator's word in another setting.
    pub(in crate::s3) fn read(
        table: &Table<'_>,
        provider: Provider,
        refuses_unsigned: bool,
    ) -> Self {
        let release = table.parsed("release", |release| {
            let known: Vec<&str> = columns(provider).filter_map(|column| column.release).collect();
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

    /// A provider's known features; without a release, those that all measured releases have.
    fn of(provider: Provider, release: Option<&str>, never_versioned: bool) -> Self {
        let columns = columns(provider);
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

    /// Applies the operator's word. An entry with an operation overrides one without.
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
        sort_few(&mut claims, |(one, ..), (other, ..)| one > other);
        for (_, about, keeps) in claims {
            for (feature, acts) in about {
                self.set(feature, acts, keeps);
            }
        }
    }

    /// The features for this operation or form.
    pub const fn of_act(&self, act: Act) -> Features {
        self.0[act.index()]
    }
}

impl Feature {
    /// The operations that it concerns.
    pub fn acts(self) -> Acts {
        Acts(ACTS[self as usize])
    }

    /// The features and operations that a setting such as `acl`, `acl:CopyObject` or `checksum_crc32:crc32c` names.
    fn of_setting(setting: &str) -> Result<Vec<(Self, Acts)>, String> {
        let (name, part) = setting.split_once(':').unzip();
        let name = name.unwrap_or(setting);
        let named: Vec<Self> = Self::ALL.into_iter().filter(|f| f.name() == name).collect();
        if named.is_empty() {
            let mut known = Self::ALL.map(Self::name).to_vec();
            known.dedup();
            return Err(format!("is not a feature; known are: {}", known.join(", ")));
        }
        let about = |feature: Self| match part {
            None => Some((feature, feature.acts())),
            Some(part) if feature.algorithm() == Some(part) => Some((feature, feature.acts())),
            Some(part) => {
                let act = feature.acts().iter().find(|act| act.as_str() == part);
                act.map(|act| (feature, Acts::one(act)))
            }
        };
        let found: Vec<(Self, Acts)> = named.iter().copied().filter_map(about).collect();
        if found.is_empty() {
            let algorithms = named.iter().filter_map(|feature| feature.algorithm());
            let acts = named[0].acts().iter().map(Act::as_str);
            let known: Vec<&str> = algorithms.chain(acts).collect();
            return Err(format!("{name} goes with: {}", known.join(", ")));
        }
        Ok(found)
    }
}

fn columns(provider: Provider) -> impl Iterator<Item = &'static Column> {
    COLUMNS.iter().filter(move |column| column.provider == provider)
}
