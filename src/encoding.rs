//! Percent, hex and base64url encodings, in the forms of the wire.

use std::borrow::Cow;
use std::cmp::Ordering;

use base64ct::{Base64, Base64UrlUnpadded, Encoding};

/// Whether `/` stays as it is: in a path it does, in a query it doesn't.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slash {
    /// `/` is written as `/`.
    Keep,
    /// `/` is written as `%2F`.
    Encode,
}

const UPPER_HEX: &[u8; 16] = b"0123456789ABCDEF";

/// The two lower-case digits of every byte.
const LOWER_HEX: [[u8; 2]; 256] = {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut table = [[0; 2]; 256];
    let mut byte = 0;
    while byte < table.len() {
        table[byte] = [DIGITS[byte >> 4], DIGITS[byte & 15]];
        byte += 1;
    }
    table
};

/// Appends `text` percent-encoded as SigV4 wants it: every byte of the UTF-8 form outside
/// `A-Z a-z 0-9 - . _ ~` becomes upper-case `%XX`; a blank is `%20`, never `+`.
///
/// Source: `UriEncode()` in
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>
///
/// ```
/// use edge_signer::encoding::{Slash, percent_encode_into};
///
/// let mut path = String::new();
/// percent_encode_into(&mut path, "a b/c+d", Slash::Keep);
/// assert_eq!(path, "a%20b/c%2Bd");
/// ```
pub fn percent_encode_into(out: &mut String, text: &str, slash: Slash) {
    let stays = |byte: u8| UNRESERVED[usize::from(byte)] || (byte == b'/' && slash == Slash::Keep);
    let mut rest = text;
    loop {
        // Unchanged bytes are ASCII, so a character begins after them.
        let (plain, others) =
            rest.split_at(rest.bytes().position(|byte| !stays(byte)).unwrap_or(rest.len()));
        out.push_str(plain);
        let Some(character) = others.chars().next() else { return };
        let (escaped, tail) = others.split_at(character.len_utf8());
        for byte in escaped.bytes() {
            out.push('%');
            out.push(char::from(UPPER_HEX[usize::from(byte >> 4)]));
            out.push(char::from(UPPER_HEX[usize::from(byte & 15)]));
        }
        rest = tail;
    }
}

/// The order of two texts' percent-encoded forms, without encoding them. No byte's encoding is a prefix of another's,
/// so the first byte that differs decides.
pub fn cmp_percent_encoded(one: &str, other: &str) -> Ordering {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let differs = one.iter().zip(other).find(|(one, other)| one != other);
    differs.map_or_else(
        || one.len().cmp(&other.len()),
        |(one, other)| encoding_of(*one).cmp(&encoding_of(*other)),
    )
}

/// The encoding of a byte, padded with zeros.
const fn encoding_of(byte: u8) -> [u8; 3] {
    if is_unreserved(byte) {
        [byte, 0, 0]
    } else {
        [b'%', UPPER_HEX[(byte >> 4) as usize], UPPER_HEX[(byte & 15) as usize]]
    }
}

/// [`percent_encode_into`] with a string of its own.
pub fn percent_encode(text: &str, slash: Slash) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 2);
    percent_encode_into(&mut out, text, slash);
    out
}

/// [`is_unreserved`] of every byte.
const UNRESERVED: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < u8::MAX {
        table[byte as usize] = is_unreserved(byte);
        byte += 1;
    }
    table
};

/// RFC 3986 §2.3.
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Why a percent-encoded text can't be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PercentError {
    /// A `%` without two hexadecimal digits after it.
    Escape,
    /// The decoded bytes aren't UTF-8.
    Utf8,
}

/// Decodes `%XX`; every other byte, `+` too, stands for itself.
pub fn percent_decode(text: &str) -> Result<Cow<'_, str>, PercentError> {
    if !text.contains('%') {
        return Ok(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes().iter();
    while let Some(&byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = rest.next().zip(rest.next()).ok_or(PercentError::Escape)?;
        let high = hex_digit(*digits.0).ok_or(PercentError::Escape)?;
        let low = hex_digit(*digits.1).ok_or(PercentError::Escape)?;
        bytes.push(high << 4 | low);
    }
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| PercentError::Utf8)
}

const fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// The `name=value` pairs of a query string as servers read them: split at `&`, `+` is a blank,
/// `%XX` is decoded, a name without `=` has the empty value, empty pairs are skipped.
pub fn parse_query(query: &str) -> Result<Vec<(String, String)>, PercentError> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode_query_part(name)?, decode_query_part(value)?))
        })
        .collect()
}

fn decode_query_part(part: &str) -> Result<String, PercentError> {
    if part.contains('+') {
        percent_decode(&part.replace('+', " ")).map(Cow::into_owned)
    } else {
        percent_decode(part).map(Cow::into_owned)
    }
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    let mut out = Vec::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.extend_from_slice(&LOWER_HEX[usize::from(*byte)]);
    }
    // Digits are ASCII.
    String::from_utf8(out).unwrap_or_default()
}

/// The lower-case hexadecimal of 32 bytes, held without an allocation.
#[derive(Clone, Copy, Debug)]
pub struct Hex32([u8; 64]);

impl Hex32 {
    /// The text of these bytes.
    pub fn new(bytes: &[u8; 32]) -> Self {
        let mut text = [0; 64];
        for (digits, &byte) in text.as_chunks_mut().0.iter_mut().zip(bytes) {
            *digits = LOWER_HEX[usize::from(byte)];
        }
        Self(text)
    }

    /// 64 characters.
    pub fn as_str(&self) -> &str {
        // Only ASCII is ever written to it.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// base64 with padding (RFC 4648 §4).
pub fn base64(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

/// Decodes base64 with padding (RFC 4648 §4); as strict as [`base64url_decode`].
pub fn base64_decode(text: &str) -> Option<Vec<u8>> {
    Base64::decode_vec(text).ok()
}

/// base64url without padding (RFC 4648 §5).
pub fn base64url(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// Decodes base64url without padding. Padding, white space, the other alphabet and left-over bits
/// that aren't zero are all refused, so each value has one spelling.
pub fn base64url_decode(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text).ok()
}

/// The part of a caller's name that an answer repeats.
pub fn shorten(name: &str) -> String {
    let shown: String = name.chars().take(64).collect();
    if shown.len() < name.len() { shown + "…" } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unreserved_bytes_stay_and_all_others_are_escaped() {
        let kept: String = (0..=127).map(char::from).filter(|c| is_unreserved(*c as u8)).collect();
        assert_eq!(kept, "-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~");
        assert_eq!(percent_encode(" +%/ü🦀", Slash::Encode), "%20%2B%25%2F%C3%BC%F0%9F%A6%80");
    }

    #[test]
    fn texts_are_ordered_as_their_encodings_are() {
        let texts =
            ["", "-", "a", "a-", "a%", "a/", "ab", "ä", "ü", "A", "~", "\u{7f}", "🦀", "a🦀"];
        for one in texts {
            for other in texts {
                let encoded = |text| percent_encode(text, Slash::Encode);
                let expected = encoded(one).cmp(&encoded(other));
                assert_eq!(cmp_percent_encoded(one, other), expected, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn decoding_undoes_encoding() {
        for text in ["", "a/b c", "100%", "ü+🦀", "\u{0}\u{7f}"] {
            assert_eq!(percent_decode(&percent_encode(text, Slash::Encode)).unwrap(), text);
        }
    }

    #[test]
    fn broken_escapes_are_refused() {
        for text in ["%", "%4", "%zz", "a%2"] {
            assert_eq!(percent_decode(text), Err(PercentError::Escape), "{text}");
        }
        assert_eq!(percent_decode("%ff"), Err(PercentError::Utf8));
    }

    #[test]
    fn a_plus_in_a_query_is_a_blank_and_an_escaped_one_is_a_plus() {
        let pairs = parse_query("a+b=c+d%2Be&&flag&x=1=2").unwrap();
        let expected = [("a b", "c d+e"), ("flag", ""), ("x", "1=2")];
        assert_eq!(pairs, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }

    #[test]
    fn base64url_has_one_spelling_a_value() {
        assert_eq!(base64url(&[0xff, 0xfe]), "__4");
        assert_eq!(base64url_decode("__4"), Some(vec![0xff, 0xfe]));
        for other in ["__4=", "//4", "__5", "__4\n", "_"] {
            assert_eq!(base64url_decode(other), None, "{other:?}");
        }
    }
}
