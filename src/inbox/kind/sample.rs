use std::borrow::Cow;

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
pub(super) type Types = &'static [&'static str];

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

/// Whether a piece holds some bytes.
pub(super) fn holds(piece: &[u8], bytes: &[u8]) -> bool {
    piece.windows(bytes.len()).any(|window| window == bytes)
}
