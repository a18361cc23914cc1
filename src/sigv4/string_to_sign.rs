//! Stage 2: the text that the signature is over.

use std::fmt;

use crate::encoding::Hex32;

/// Algorithm, time, scope and the canonical request's hash, a line each.
#[derive(Clone, Copy, Debug)]
pub struct StringToSign<'a> {
    /// The algorithm's name.
    pub algorithm: &'a str,
    /// `YYYYMMDDTHHMMSSZ`
    pub time: &'a str,
    /// The credential scope.
    pub scope: &'a str,
    /// SHA-256 of the canonical request.
    pub canonical_request: [u8; 32],
}

impl StringToSign<'_> {
    /// Writes its text: to a string, or straight into a HMAC.
    pub fn write_to(&self, out: &mut (impl fmt::Write + ?Sized)) -> fmt::Result {
        for line in [self.algorithm, self.time, self.scope] {
            out.write_str(line)?;
            out.write_char('\n')?;
        }
        out.write_str(Hex32::new(&self.canonical_request).as_str())
    }
}

impl fmt::Display for StringToSign<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f)
    }
}
