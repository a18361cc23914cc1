//! What serde finds wrong with a value, before the field is known.

use std::fmt::Display;

use serde::de::{Expected, Unexpected};

use super::error::{Error, invalid};

/// A fault, without any of the caller's input.
#[derive(Debug)]
pub(super) enum Fault {
    /// The field takes another kind of value.
    Kind(String),
    /// The value has the right kind, but the field can't have it, for this reason.
    Value(String),
    /// The same for a type whose faults have their own code.
    Coded(&'static str, String),
    /// A complete error.
    Told(Box<Error>),
}

impl Fault {
    pub(super) fn kind(why: &str) -> Self {
        Self::Kind(why.to_owned())
    }

    /// The same fault with its field, unless the field is known already.
    #[cold]
    pub(super) fn at(self, field: &str) -> Self {
        match self {
            Self::Kind(detail) | Self::Value(detail) => {
                Self::Told(Box::new(invalid(field, detail)))
            }
            Self::Coded(code, detail) => {
                let field = field.to_owned();
                Self::Told(Box::new(Error::InvalidValue { code, field, detail }))
            }
            Self::Told(error) => Self::Told(error),
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Kind(why) | Fault::Value(why) | Fault::Coded(_, why) => {
                Self::MalformedBody(format!("{why}."))
            }
            Fault::Told(error) => *error,
        }
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Kind(why) | Self::Value(why) | Self::Coded(_, why) => f.write_str(why),
            Self::Told(_) => f.write_str("the request is wrong"),
        }
    }
}

impl std::error::Error for Fault {}

impl serde::de::Error for Fault {
    fn custom<T: Display>(why: T) -> Self {
        Self::Value(why.to_string())
    }

    /// Serde's own text would repeat the caller's input.
    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::Kind(format!("has to be {expected}"))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::Kind(format!("has to be {expected}"))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Told(Box::new(Error::MissingField(field)))
    }
}
