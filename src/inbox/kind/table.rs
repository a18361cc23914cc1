//! Formats that are known by what they begin with.

use super::sample::{Sample, Types, holds};
use crate::inbox::Reason;

/// Where, what, and what it may be declared as.
type Row = (usize, &'static [u8], Types);

/// Each with its source.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    // https://www.w3.org/TR/png-3/#5PNG-file-signature, and the chunk that has to come first
    (0, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", &["image/png", "image/apng", "image/vnd.mozilla.apng"]),
    // https://www.w3.org/Graphics/GIF/spec-gif89a.txt
    (0, b"GIF87a", &["image/gif"]),
    (0, b"GIF89a", &["image/gif"]),
    // https://www.itu.int/rec/T-REC-T.81: SOI, and the first byte of the marker behind it
    (0, b"\xff\xd8\xff", &["image/jpeg", "image/jpg", "image/pjpeg"]),
    // https://www.adobe.io/open/standards/TIFF.html, section 2
    (0, b"II*\0", &["image/tiff"]),
    (0, b"MM\0*", &["image/tiff"]),
    // https://libtiff.gitlab.io/libtiff/specification/bigtiff.html: offsets of 8 bytes
    (0, b"II+\0\x08\0\0\0", &["image/tiff"]),
    (0, b"MM\0+\0\x08\0\0", &["image/tiff"]),
    // https://jpeg.org/jpegxl: the bare codestream, and the box
    (0, b"\xff\x0a", &["image/jxl"]),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", &["image/jxl"]),
    // https://www.rfc-editor.org/rfc/rfc3745#section-3
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", &["image/jp2", "image/jpx", "image/jpm"]),
    // https://xiph.org/flac/format.html#stream
    (0, b"fLaC", &["audio/flac", "audio/x-flac"]),
    // https://www.rfc-editor.org/rfc/rfc4867#section-5
    (0, b"#!AMR\n", &["audio/amr"]),
    (0, b"#!AMR-WB\n", &["audio/amr-wb"]),
    // https://www.midi.org/specifications/file-format-specifications/standard-midi-files: a header of 6 bytes
    (0, b"MThd\0\0\0\x06", &["audio/midi", "audio/x-midi", "audio/sp-midi"]),
    // https://www.iso.org/standard/61240.html: a pack header
    (0, b"\0\0\x01\xba", &["video/mpeg", "video/mp1s", "video/mp2p"]),
    // https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1: deflate
    (0, b"\x1f\x8b\x08", &["application/gzip", "application/x-gzip", "application/x-compressed-tar", "application/x-gtar-compressed"]),
    // https://sourceware.org/bzip2: followed by the magic of its first block
    (0, b"BZh", &["application/x-bzip2", "application/x-bzip"]),
    // https://tukaani.org/xz/xz-file-format.txt
    (0, b"\xfd7zXZ\0", &["application/x-xz"]),
    // https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1
    (0, b"\x28\xb5\x2f\xfd", &["application/zstd"]),
    // https://www.7-zip.org/sdk.html, 7zFormat.txt
    (0, b"7z\xbc\xaf\x27\x1c", &["application/x-7z-compressed"]),
    // https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html: ustar
    (257, b"ustar", &["application/x-tar"]),
    // https://www.w3.org/TR/WOFF2/#woff20Header, https://www.w3.org/TR/WOFF/#WOFFHeader
    (0, b"wOF2", &["font/woff2"]),
    (0, b"wOFF", &["font/woff"]),
    // https://www.sqlite.org/fileformat.html
    (0, b"SQLite format 3\0", &["application/vnd.sqlite3", "application/x-sqlite3"]),
];

/// <https://www.iso.org/standard/75839.html>, 7.5.2
const PDF: Types = &["application/pdf"];
/// What a PDF calls what runs in it (7.5.3, 12.6.4).
const ACTIVE_NAMES: [&[u8]; 4] = [b"/JavaScript", b"/JS", b"/Launch", b"/XFA"];

pub(super) fn find(sample: &Sample<'_>) -> Result<Option<Types>, Reason> {
    if sample.first.starts_with(b"%PDF-1.") || sample.first.starts_with(b"%PDF-2.") {
        return pdf(sample).map(Some);
    }
    let is =
        |(at, bytes, _): &&Row| sample.first.get(*at..).is_some_and(|it| it.starts_with(bytes));
    Ok(ROWS.iter().find(is).map(|(.., types)| *types))
}

/// One whose ends name nothing that runs. What is compressed can't be looked into.
fn pdf(sample: &Sample<'_>) -> Result<Types, Reason> {
    let end = if sample.last.is_empty() { sample.first } else { sample.last };
    if !holds(end, b"%%EOF") {
        return Err(Reason::NotRecognised);
    }
    let is_active = |piece: &[u8]| {
        let plain = without_escapes(piece);
        ACTIVE_NAMES.iter().any(|name| {
            let mut starts = plain.windows(name.len()).enumerate().filter(|(_, it)| it == name);
            starts.any(|(at, _)| {
                let after = plain.get(at + name.len());
                after.is_none_or(|byte| !byte.is_ascii_alphanumeric())
            })
        })
    };
    let is_active = is_active(sample.first) || is_active(sample.last);
    if is_active { Err(Reason::Active) } else { Ok(PDF) }
}

/// `#4a` in a name stands for `J` (7.3.5).
fn without_escapes(piece: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(piece.len());
    let mut rest = piece;
    while let Some((first, after)) = rest.split_first() {
        let escaped = || {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            u8::from_str_radix(digits, 16).ok()
        };
        if let Some(byte) = (*first == b'#').then(escaped).flatten() {
            plain.push(byte);
            rest = &after[2..];
        } else {
            plain.push(*first);
            rest = after;
        }
    }
    plain
}
