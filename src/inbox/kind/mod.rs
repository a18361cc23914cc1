//! What the first and the last bytes of a file say that it is, against what it was declared as.
//!
//! | file | knows |
//! | --- | --- |
//! | `table.rs` | formats by what they begin with |
//! | `forms.rs` | formats whose beginning alone says too little |
//! | `never.rs` | programs, scripts and what else is never taken |
//! | `text.rs`, `svg.rs` | text, XML and SVG |
//! | `archive.rs` | ZIP, and what is made of it |

mod archive;
mod forms;
mod never;
mod svg;
mod table;
mod text;

use std::borrow::Cow;

use super::Reason;

/// How many bytes of each end are looked at.
pub const PIECE: usize = 4096;

/// The bytes of a file that are looked at.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// The first [`PIECE`], or all that there are.
    pub first: &'a [u8],
    /// The last [`PIECE`] that aren't among the first.
    pub last: &'a [u8],
    /// The size of the file.
    pub size: u64,
}

/// What the bytes may be declared as; none where they aren't known.
type Types = &'static [&'static str];

/// What may be declared as this is never looked at more closely.
const BYTES: &str = "application/octet-stream";

impl<'a> Sample<'a> {
    /// All of the file, where all of it is looked at.
    pub(super) fn whole(&self) -> Option<Cow<'a, [u8]>> {
        if self.size != (self.first.len() + self.last.len()) as u64 {
            return None;
        }
        Some(if self.last.is_empty() {
            Cow::Borrowed(self.first)
        } else {
            Cow::Owned([self.first, self.last].concat())
        })
    }

    /// Whether either end holds some bytes.
    pub(super) fn holds(&self, bytes: &[u8]) -> bool {
        [self.first, self.last].iter().any(|piece| holds(piece, bytes))
    }
}

fn holds(piece: &[u8], bytes: &[u8]) -> bool {
    piece.windows(bytes.len()).any(|window| window == bytes)
}

/// Whether a file may be taken for what it was declared as.
pub fn check(sample: &Sample<'_>, declared: &str) -> Result<(), Reason> {
    let essence = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    never::check(sample)?;
    let types = match binary(sample)? {
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
