//! The S3 parameters that a request names, as defined by the one table of `s3`.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap;

use crate::api::wire::error::{Error, invalid};
use crate::s3::{InvalidParameter, Kind, ObjectRequestBuilder, PARAMETERS, Parameter};

/// The fields of all parameters, in the table's order.
const FIELDS: [&str; PARAMETERS.len()] = {
    let mut fields = [""; PARAMETERS.len()];
    let mut index = 0;
    while index < fields.len() {
        fields[index] = PARAMETERS[index].field;
        index += 1;
    }
    fields
};

/// Parameters and their values as texts, in the table's order. Values have their field's kind; everything else is
/// checked when they become part of a request.
#[derive(Clone, Debug, Default)]
pub(in crate::api) struct Parameters(Vec<(&'static Parameter, String)>);

impl Parameters {
    /// A field's value.
    pub(in crate::api) fn get(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known.field == field).map(|(_, value)| value.as_str())
    }

    /// Adds a field that the request doesn't have yet. Whether a parameter has that name.
    pub(in crate::api) fn add(&mut self, field: &str, value: String) -> Result<bool, Error> {
        if self.get(field).is_some() {
            return Err(invalid(field, InvalidParameter::Repeated));
        }
        Ok(self.set(field, value))
    }

    /// Sets a field, replacing its value. Whether a parameter has that name.
    pub(in crate::api) fn set(&mut self, field: &str, value: String) -> bool {
        self.0.retain(|(known, _)| known.field != field);
        let parameter = Parameter::of_field(field);
        self.0.extend(parameter.map(|known| (known, value)));
        parameter.is_some()
    }

    /// Only this one of the parameters, if it is present.
    pub(in crate::api) fn only(&self, field: &str) -> Self {
        Self(self.0.iter().filter(|(known, _)| known.field == field).cloned().collect())
    }

    /// Adds the parameters to a request.
    pub(in crate::api) fn apply(&self, builder: &mut ObjectRequestBuilder) -> Result<(), Error> {
        let mut checksums = 0;
        for (parameter, value) in &self.0 {
            builder.set(parameter, value).map_err(|why| invalid(parameter.field, why))?;
            checksums += u32::from(parameter.field.starts_with("checksum."));
        }
        if checksums > 1 {
            return Err(invalid("checksum", "S3 takes one checksum an upload"));
        }
        Ok(())
    }

    /// Writes them as members that [`Self::deserialize`] reads.
    pub(super) fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        for (Parameter { field, kind, .. }, value) in &self.0 {
            match (kind, value.parse::<u64>()) {
                (Kind::Integer(..), Ok(number)) => map.serialize_entry(field, &number)?,
                (Kind::Flag(_), _) => map.serialize_entry(field, &(value == "true"))?,
                _ => map.serialize_entry(field, value)?,
            }
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Parameters {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Named;
        impl<'de> Visitor<'de> for Named {
            type Value = Parameters;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("parameters of S3's")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parameters, A::Error> {
                let mut named = Vec::new();
                while let Some(index) = map.next_key::<usize>()? {
                    let parameter = PARAMETERS.get(index);
                    let parameter = parameter.ok_or_else(|| A::Error::custom("is unknown"))?;
                    named.push((parameter, map.next_value_seed(OfKind(parameter.kind))?));
                }
                Ok(Parameters(named))
            }
        }
        deserializer.deserialize_struct("Parameters", &FIELDS, Named)
    }
}

/// A value of a kind, as its text in a query string.
struct OfKind(Kind);

impl<'de> DeserializeSeed<'de> for OfKind {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        match self.0 {
            Kind::Text | Kind::OneOf(_) | Kind::Base64(_) => String::deserialize(deserializer),
            Kind::Integer(least, most) => {
                let number = u64::deserialize(deserializer);
                let wrong = |_| D::Error::custom(InvalidParameter::Integer(least, most));
                number.map(|number| number.to_string()).map_err(wrong)
            }
            Kind::Flag(_) => bool::deserialize(deserializer).map(|flag| flag.to_string()),
        }
    }
}
