//! ZIP, and the formats that are made of it
//! (<https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>).

use super::sample::{Sample, Types, holds};
use crate::inbox::Reason;

/// Entries of programs: Java's, Android's, Windows's, and extensions of browsers and of Office.
const PROGRAMS: [&[u8]; 7] = [
    b"META-INF/MANIFEST.MF",
    b"AndroidManifest.xml",
    b"classes.dex",
    b"AppxManifest.xml",
    b"AppxBlockMap.xml",
    b"META-INF/mozilla.rsa",
    b"extension.vsixmanifest",
];
/// Entries of macros.
const MACROS: [&[u8]; 4] =
    [b"vbaProject.bin", b"xl/macrosheets/", b"Basic/script-lc.xml", b"Scripts/"];

const ZIP: Types = &["application/zip", "application/x-zip-compressed"];
/// <https://ecma-international.org/publications-and-standards/standards/ecma-376>, part 2
const OFFICE: [(&[u8], Types); 3] = [
    (
        b"word/",
        &[
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/zip",
            "application/x-zip-compressed",
        ],
    ),
    (
        b"xl/",
        &[
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/zip",
            "application/x-zip-compressed",
        ],
    ),
    (
        b"ppt/",
        &[
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "application/zip",
            "application/x-zip-compressed",
        ],
    ),
];
/// <https://docs.oasis-open.org/office/OpenDocument/v1.3/part2-packages>, 3.3, and
/// <https://www.w3.org/TR/epub-33/#sec-zip-container-mime>: the first entry, stored as it is; `SheetJS` writes another
/// before it.
const NAMED: [(&[u8], Types); 4] = [
    (
        b"application/vnd.oasis.opendocument.text",
        &["application/vnd.oasis.opendocument.text", "application/zip"],
    ),
    (
        b"application/vnd.oasis.opendocument.spreadsheet",
        &["application/vnd.oasis.opendocument.spreadsheet", "application/zip"],
    ),
    (
        b"application/vnd.oasis.opendocument.presentation",
        &["application/vnd.oasis.opendocument.presentation", "application/zip"],
    ),
    (b"application/epub+zip", &["application/epub+zip", "application/zip"]),
];

pub(super) fn find(sample: &Sample<'_>) -> Result<Option<Types>, Reason> {
    let first = sample.first;
    if first.starts_with(b"PK\x05\x06") && sample.size == 22 {
        return Ok(Some(ZIP));
    }
    if !first.starts_with(b"PK\x03\x04") {
        return Ok(None);
    }
    if PROGRAMS.iter().any(|name| sample.holds(name)) {
        return Err(Reason::Executable);
    }
    if MACROS.iter().any(|name| sample.holds(name)) {
        return Err(Reason::Active);
    }
    // The list of entries ends the file.
    let end = if sample.last.is_empty() { first } else { sample.last };
    if !holds(end, b"PK\x05\x06") {
        return Err(Reason::NotRecognised);
    }
    if let Some(named) = mimetype(first) {
        let is = |(name, _): &&(&[u8], Types)| {
            named.strip_prefix(*name).is_some_and(|rest| rest.starts_with(b"PK"))
        };
        return Ok(Some(NAMED.iter().find(is).map_or(ZIP, |(_, types)| types)));
    }
    if sample.holds(b"[Content_Types].xml") {
        let has = |(folder, _): &&(&[u8], Types)| sample.holds(folder);
        return Ok(Some(OFFICE.iter().find(has).map_or(ZIP, |(_, types)| types)));
    }
    Ok(Some(ZIP))
}

/// What is behind the name of the entry `mimetype`, the first or one behind the manifest.
fn mimetype(first: &[u8]) -> Option<&[u8]> {
    let behind = |at: usize| {
        let header = first.get(at..)?;
        let is_entry =
            header.starts_with(b"PK\x03\x04") && header.get(26..30) == Some(&[8, 0, 0, 0]);
        (is_entry && header.get(30..38) == Some(b"mimetype")).then(|| &header[38..])
    };
    let has_manifest = first.get(30..51) == Some(b"META-INF/manifest.xml");
    behind(0).or_else(|| (0..first.len()).find_map(behind).filter(|_| has_manifest))
}
