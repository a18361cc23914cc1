//! What the first and the last bytes of a file say that it is, against what it was declared as.
//!
//! | file | knows |
//! | --- | --- |
//! | `sample.rs` | the bytes that are looked at |
//! | `table.rs` | formats by what they begin with |
//! | `forms.rs` | formats whose beginning alone says too little |
//! | `never.rs` | programs, scripts and what else is never taken |
//! | `text.rs`, `xml.rs`, `svg.rs` | text, XML and SVG |
//! | `markup.rs` | what XML and SVG have in common |
//! | `archive.rs` | ZIP, and what is made of it |

mod archive;
mod forms;
mod markup;
mod never;
mod sample;
mod svg;
mod table;
mod text;
mod xml;

pub use sample::{PIECE, Sample};

use super::Reason;
use sample::Types;

/// What may be declared as this is never looked at more closely.
const BYTES: &str = "application/octet-stream";

/// Whether a file may be taken for what it was declared as.
pub fn check(sample: &Sample<'_>, declared: &str) -> Result<(), Reason> {
    let essence = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    never::check(sample)?;
    if essence.ends_with("xml") && !markup::is_of_plain_charset(declared) {
        return Err(Reason::Active);
    }
    let types = match binary(sample)? {
        Some(_) if text::begins_as_page(sample.first) => return Err(Reason::Active),
        Some(types) => types,
        None => text::find(sample, &essence)?,
    };
    match types {
        _ if essence == BYTES => Ok(()),
        [] => Err(Reason::NotRecognised),
        types if types.contains(&essence.as_str()) => Ok(()),
        _ => Err(Reason::TypeDiffers),
    }
}

fn binary(sample: &Sample<'_>) -> Result<Option<Types>, Reason> {
    if let Some(types) = archive::find(sample)? {
        return Ok(Some(types));
    }
    if let Some(types) = forms::find(sample.first) {
        return Ok(Some(types));
    }
    table::find(sample)
}
