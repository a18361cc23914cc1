//! The schemas that `schemars` makes of structs.

use schemars::SchemaGenerator;
use schemars::generate::{Contract, SchemaSettings};

/// The schemas of requests and of answers.
pub(super) struct Schemas {
    pub(super) requests: SchemaGenerator,
    pub(super) answers: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let of = |contract: Contract| {
            let mut settings = SchemaSettings::draft2020_12();
            settings.definitions_path = "/components/schemas".into();
            settings.contract = contract;
            settings.into_generator()
        };
        Self { requests: of(Contract::Deserialize), answers: of(Contract::Serialize) }
    }
}
