use super::SpendId;

/// Where a Durable Object is asked to live
/// (<https://developers.cloudflare.com/durable-objects/reference/data-location/#provide-a-location-hint>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocationHint {
    /// Western North America.
    Wnam,
    /// Eastern North America.
    Enam,
    /// South America.
    Sam,
    /// Western Europe.
    Weur,
    /// Eastern Europe.
    Eeur,
    /// Asia and the Pacific.
    Apac,
    /// Oceania.
    Oc,
    /// Africa.
    Afr,
    /// The Middle East.
    Me,
}

impl LocationHint {
    const ALL: [(Self, &'static str); 9] = [
        (Self::Wnam, "wnam"),
        (Self::Enam, "enam"),
        (Self::Sam, "sam"),
        (Self::Weur, "weur"),
        (Self::Eeur, "eeur"),
        (Self::Apac, "apac"),
        (Self::Oc, "oc"),
        (Self::Afr, "afr"),
        (Self::Me, "me"),
    ];

    /// Reads Cloudflare's name of a region.
    pub fn parse(name: &str) -> Result<Self, &'static str> {
        let found = Self::ALL.iter().find(|(_, known)| *known == name);
        found.map(|(region, _)| *region).ok_or(
            "is not a location hint; known are: wnam, enam, sam, weur, eeur, apac, oc, afr, me",
        )
    }

    /// Cloudflare's name of it.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(region, _)| *region == self).map_or("", |(_, name)| name)
    }

    /// As one byte; 0 where there's none.
    pub(crate) fn to_byte(region: Option<Self>) -> u8 {
        let at = |region| Self::ALL.iter().position(|(known, _)| *known == region);
        region.and_then(at).and_then(|index| u8::try_from(index + 1).ok()).unwrap_or_default()
    }

    /// From one byte; an error where it is no region's.
    pub(crate) fn from_byte(byte: u8) -> Result<Option<Self>, ()> {
        match usize::from(byte).checked_sub(1) {
            None => Ok(None),
            Some(index) => Self::ALL.get(index).map(|(region, _)| Some(*region)).ok_or(()),
        }
    }

    /// The region that somebody is in whose continent and longitude Cloudflare names. The lines between east
    /// and west are rough: a hint is no more than that.
    pub fn of(continent: &str, longitude: Option<f64>) -> Option<Self> {
        let is_east_of = |line: f64| longitude.is_some_and(|longitude| longitude > line);
        Some(match continent {
            "NA" if is_east_of(-100.0) => Self::Enam,
            "NA" => Self::Wnam,
            "SA" => Self::Sam,
            "EU" if is_east_of(16.0) => Self::Eeur,
            "EU" => Self::Weur,
            "AS" if longitude.is_some_and(|longitude| longitude < 60.0) => Self::Me,
            "AS" => Self::Apac,
            "OC" => Self::Oc,
            "AF" => Self::Afr,
            _ => return None,
        })
    }
}

/// Which of the ledger's objects has an id: a shard of the ids, near a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Where the object lives; anywhere where it isn't said.
    pub location_hint: Option<LocationHint>,
    /// Which of the shards.
    pub number: u16,
}

impl Shard {
    /// The shard of an id among so many shards: ids are hashes, and so spread evenly.
    pub fn of(id: &SpendId, location_hint: Option<LocationHint>, shards: u16) -> Self {
        let leading = id.as_str().get(..8).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let number = leading.unwrap_or_default() % u32::from(shards.max(1));
        Self { location_hint, number: u16::try_from(number).unwrap_or_default() }
    }

    /// The object's name.
    pub fn object_name(self) -> String {
        let region = self.location_hint.map_or("any", LocationHint::as_str);
        format!("{region}-{:04x}", self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_where_people_are() {
        for (continent, longitude, expected) in [
            ("NA", Some(-122.4), Some(LocationHint::Wnam)),
            ("NA", Some(-74.0), Some(LocationHint::Enam)),
            ("SA", Some(-46.6), Some(LocationHint::Sam)),
            ("EU", Some(2.3), Some(LocationHint::Weur)),
            ("EU", Some(21.0), Some(LocationHint::Eeur)),
            ("EU", None, Some(LocationHint::Weur)),
            ("AS", Some(55.3), Some(LocationHint::Me)),
            ("AS", Some(139.7), Some(LocationHint::Apac)),
            ("AF", Some(3.4), Some(LocationHint::Afr)),
            ("OC", Some(151.2), Some(LocationHint::Oc)),
            ("AN", Some(0.0), None),
            ("", None, None),
        ] {
            assert_eq!(
                LocationHint::of(continent, longitude),
                expected,
                "{continent} {longitude:?}"
            );
        }
    }

    #[test]
    fn each_region_has_one_name_and_one_byte() {
        for (region, name) in LocationHint::ALL {
            assert_eq!(LocationHint::parse(name), Ok(region));
            assert_eq!(
                LocationHint::from_byte(LocationHint::to_byte(Some(region))),
                Ok(Some(region))
            );
        }
        assert_eq!(LocationHint::from_byte(LocationHint::to_byte(None)), Ok(None));
        assert!(LocationHint::from_byte(10).is_err());
    }
}
