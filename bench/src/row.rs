//! The rows of the table, and what each has to reach.

use serde::Serialize;
use serde_json::{Value, json};

use crate::series::Spread;

/// What a ratio has to be.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    AtMost(f64),
    AtLeast(f64),
    /// It is only told.
    None,
}

/// One comparison.
#[derive(Clone, Debug)]
pub struct Row {
    pub name: String,
    pub ratio: Spread,
    pub target: Target,
    /// The figures behind the ratio, with their units.
    pub measured: String,
}

impl Row {
    pub fn new(
        name: impl Into<String>,
        ratio: Spread,
        target: Target,
        measured: impl Into<String>,
    ) -> Self {
        Self { name: name.into(), ratio, target, measured: measured.into() }
    }

    /// A row whose figure is counted, so that there is no spread.
    pub fn counted(
        name: impl Into<String>,
        figure: f64,
        target: Target,
        measured: impl Into<String>,
    ) -> Self {
        let ratio = Spread { median: figure, min: figure, max: figure };
        Self::new(name, ratio, target, measured)
    }

    /// What is only told always holds.
    pub fn holds(&self) -> bool {
        match self.target {
            Target::AtMost(most) => self.ratio.median <= most,
            Target::AtLeast(least) => self.ratio.median >= least,
            Target::None => true,
        }
    }

    /// For `--json`.
    pub fn to_json(&self) -> Value {
        #[derive(Serialize)]
        struct Json<'a> {
            name: &'a str,
            ratio: f64,
            target: Option<f64>,
            holds: bool,
        }
        let target = match self.target {
            Target::AtMost(target) | Target::AtLeast(target) => Some(target),
            Target::None => None,
        };
        json!(Json { name: &self.name, ratio: self.ratio.median, target, holds: self.holds() })
    }
}
