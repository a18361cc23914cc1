use super::SpendId;

/// Bits of a place's byte that hold the location hint.
const JURISDICTION_SHIFT: u8 = 6;

/// Where a Durable Object is asked to live
/// (<https://developers.cloudflare.com/durable-objects/reference/data-location/#provide-a-location-hint>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

    /// The hint as one byte; 0 for none.
    fn to_byte(region: Option<Self>) -> u8 {
        let at = |region| Self::ALL.iter().position(|(known, _)| *known == region);
        region.and_then(at).and_then(|index| u8::try_from(index + 1).ok()).unwrap_or_default()
    }

    /// From one byte; an error if no region has it.
    fn from_byte(byte: u8) -> Result<Option<Self>, ()> {
        match usize::from(byte).checked_sub(1) {
            None => Ok(None),
            Some(index) => Self::ALL.get(index).map(|(region, _)| Some(*region)).ok_or(()),
        }
    }

    /// The region of a continent and longitude as Cloudflare gives them. The lines between east and west are rough,
    /// which is enough for a hint.
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

/// Where a Durable Object has to live and keep its data
/// (<https://developers.cloudflare.com/durable-objects/reference/data-location/#restrict-durable-objects-to-a-jurisdiction>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Jurisdiction {
    /// The European Union.
    Eu,
    /// Data centers that `FedRAMP` has authorized.
    Fedramp,
}

impl Jurisdiction {
    /// Reads Cloudflare's name of it.
    pub fn parse(name: &str) -> Result<Self, &'static str> {
        match name {
            "eu" => Ok(Self::Eu),
            "fedramp" => Ok(Self::Fedramp),
            _ => Err("is not a jurisdiction; known are: eu, fedramp"),
        }
    }

    /// Cloudflare's name of it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Eu => "eu",
            Self::Fedramp => "fedramp",
        }
    }
}

/// The ledger's object that has an id: a shard of the ids, near a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Shard {
    /// Where the object has to live; `None` for anywhere.
    pub jurisdiction: Option<Jurisdiction>,
    /// Where the object should live; `None` for anywhere.
    pub location_hint: Option<LocationHint>,
    /// The number of the shard.
    pub number: u16,
}

impl Shard {
    /// The shard of an id among so many shards. Ids are hashes, so they spread evenly.
    pub fn of(
        id: &SpendId,
        jurisdiction: Option<Jurisdiction>,
        location_hint: Option<LocationHint>,
        shards: u16,
    ) -> Self {
        let leading = id.as_str().get(..8).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let number = leading.unwrap_or_default() % u32::from(shards.max(1));
        let number = u16::try_from(number).unwrap_or_default();
        Self { jurisdiction, location_hint, number }
    }

    /// Jurisdiction and location hint as one byte.
    pub(crate) fn place_to_byte(self) -> u8 {
        let jurisdiction = match self.jurisdiction {
            None => 0,
            Some(Jurisdiction::Eu) => 1,
            Some(Jurisdiction::Fedramp) => 2,
        };
        jurisdiction << JURISDICTION_SHIFT | LocationHint::to_byte(self.location_hint)
    }

    /// The shard of this number in a place; an error if no place has the byte.
    pub(crate) fn from_place(byte: u8, number: u16) -> Result<Self, ()> {
        let jurisdiction = match byte >> JURISDICTION_SHIFT {
            0 => None,
            1 => Some(Jurisdiction::Eu),
            2 => Some(Jurisdiction::Fedramp),
            _ => return Err(()),
        };
        let hint = byte & ((1 << JURISDICTION_SHIFT) - 1);
        Ok(Self { jurisdiction, location_hint: LocationHint::from_byte(hint)?, number })
    }

    /// The object's name; a jurisdiction has objects of its own.
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

    #[test]
    fn each_place_has_one_byte() {
        let jurisdictions = [None, Some(Jurisdiction::Eu), Some(Jurisdiction::Fedramp)];
        let hints = LocationHint::ALL.iter().map(|(hint, _)| Some(*hint)).chain([None]);
        let mut bytes = std::collections::HashSet::new();
        for location_hint in hints {
            for jurisdiction in jurisdictions {
                let shard = Shard { jurisdiction, location_hint, number: 7 };
                let byte = shard.place_to_byte();
                assert!(bytes.insert(byte));
                assert_eq!(Shard::from_place(byte, 7), Ok(shard));
                // Links that are older than jurisdictions have only the hint.
                let is_old = byte == LocationHint::to_byte(location_hint);
                assert_eq!(is_old, jurisdiction.is_none());
            }
        }
        assert!(Shard::from_place(0b1100_0000, 7).is_err());
        assert!(Shard::from_place(0b0100_1010, 7).is_err());
        for jurisdiction in jurisdictions.into_iter().flatten() {
            assert_eq!(Jurisdiction::parse(jurisdiction.as_str()), Ok(jurisdiction));
        }
        assert!(Jurisdiction::parse("EU").is_err());
    }
}
