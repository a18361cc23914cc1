//! What is never taken, whatever it is called: programs, and what runs where it is shown.

use super::sample::Sample;
use crate::inbox::Reason;

/// Programs and their containers, by what they begin with.
#[rustfmt::skip]
const PROGRAMS: &[&[u8]] = &[
    // https://learn.microsoft.com/windows/win32/debug/pe-format
    b"MZ",
    // https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
    b"\x7fELF",
    // https://en.wikipedia.org/wiki/Mach-O#Mach-O_header: both widths and orders, and the fat ones, which are Java classes too
    b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf", b"\xbe\xba\xfe\xca",
    // https://webassembly.github.io/spec/core/binary/modules.html
    b"\0asm",
    // https://source.android.com/docs/core/runtime/dex-format
    b"dex\n",
    // https://learn.microsoft.com/openspecs/windows_protocols/ms-shllink
    b"L\0\0\0\x01\x14\x02\0",
    // https://learn.microsoft.com/openspecs/windows_protocols/ms-cfb: old office files, and installers, which the ends don't tell
    // from them
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    // https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-cab
    b"MSCF",
    // https://www.debian.org/doc/debian-policy/ch-archive.html: deb is one of them
    b"!<arch>\n",
    // https://rpm-software-management.github.io/rpm/manual/format_lead.html
    b"\xed\xab\xee\xdb",
    // https://github.com/ahmed/crx: Chrome's extensions
    b"Cr24",
    // https://developer.apple.com/library/archive: xar, of which installers are made
    b"xar!",
];

/// What runs in a viewer, by what it begins with.
#[rustfmt::skip]
const ACTIVE: &[&[u8]] = &[
    // https://open-flash.github.io/mirrors/swf-spec-19.pdf
    b"FWS", b"CWS", b"ZWS",
    // https://www.adobe.com/jp/print/postscript/pdfs/PLRM.pdf
    b"%!",
    b"\x04%!", b"\xc5\xd0\xd3\xc6",
    // https://www.microsoft.com/download/details.aspx?id=10725: objects may be embedded
    b"{\\rt",
];

pub(super) fn check(sample: &Sample<'_>) -> Result<(), Reason> {
    let begins = |known: &&[u8]| sample.first.starts_with(known);
    // AMR's magic begins as a script does.
    let is_script = sample.first.starts_with(b"#!") && !sample.first.starts_with(b"#!AMR");
    if PROGRAMS.iter().any(&begins) || is_script {
        return Err(Reason::Executable);
    }
    if ACTIVE.iter().any(begins) {
        return Err(Reason::Active);
    }
    Ok(())
}
