//! Formats of which more than the beginning has to be looked at.

use super::sample::{Types, holds};

/// What a file of one of these may be declared as.
pub(super) fn find(first: &[u8]) -> Option<Types> {
    riff(first)
        .or_else(|| iso_media(first))
        .or_else(|| matroska(first))
        .or_else(|| ogg(first))
        .or_else(|| bitmap(first))
        .or_else(|| icon(first))
        .or_else(|| aiff(first))
        .or_else(|| mp3(first))
        .or_else(|| aac(first))
        .or_else(|| transport_stream(first))
}

fn at<const N: usize>(bytes: &[u8], from: usize) -> Option<[u8; N]> {
    bytes.get(from..from + N)?.try_into().ok()
}

fn little_endian(bytes: &[u8], from: usize) -> Option<u32> {
    at(bytes, from).map(u32::from_le_bytes)
}

const WAVE: Types = &["audio/wav", "audio/wave", "audio/x-wav", "audio/vnd.wave"];

/// <https://developers.google.com/speed/webp/docs/riff_container>, and what is longer than 4 GiB
/// (<https://tech.ebu.ch/docs/tech/tech3306.pdf>).
fn riff(first: &[u8]) -> Option<Types> {
    if first.starts_with(b"RF64\xff\xff\xff\xffWAVEds64") {
        return Some(WAVE);
    }
    if !first.starts_with(b"RIFF") {
        return None;
    }
    match (&at::<4>(first, 8)?, &at::<4>(first, 12)?) {
        (b"WEBP", b"VP8 " | b"VP8L" | b"VP8X") => Some(&["image/webp"]),
        (b"WAVE", _) => Some(WAVE),
        (b"AVI ", b"LIST") => {
            Some(&["video/x-msvideo", "video/avi", "video/msvideo", "video/vnd.avi"])
        }
        _ => None,
    }
}

/// Browsers call a file by its name's end: `.m4a` and `.m4v` may be of any of these brands.
const MP4: Types =
    &["video/mp4", "audio/mp4", "application/mp4", "audio/x-m4a", "audio/m4a", "video/x-m4v"];

/// <https://mp4ra.org/registered-types/brands>: a box `ftyp`, by the brand that it names first.
fn iso_media(first: &[u8]) -> Option<Types> {
    let size = usize::try_from(u32::from_be_bytes(at(first, 0)?)).ok()?;
    if &at::<4>(first, 4)? != b"ftyp" || !(16..=1024).contains(&size) {
        return None;
    }
    match &at::<4>(first, 8)? {
        b"avif" | b"avis" => Some(&["image/avif", "image/avif-sequence"]),
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"hevm" | b"hevs" => {
            Some(&["image/heic", "image/heif", "image/heic-sequence", "image/heif-sequence"])
        }
        b"mif1" | b"msf1" => {
            Some(&["image/heif", "image/heic", "image/avif", "image/heif-sequence"])
        }
        b"M4A " | b"M4B " | b"M4P " => Some(&["audio/mp4", "audio/x-m4a", "audio/m4a"]),
        b"qt  " => Some(&["video/quicktime"]),
        b"M4V " | b"M4VH" | b"M4VP" => Some(&["video/mp4", "video/x-m4v"]),
        [b'3', b'g', b'p' | b'g' | b'r' | b's', _] => Some(&["video/3gpp", "audio/3gpp"]),
        [b'3', b'g', b'2', _] => Some(&["video/3gpp2", "audio/3gpp2"]),
        [b'i', b's', b'o', b'm' | b'1'..=b'9']
        | b"isoa"
        | b"isob"
        | b"isoc"
        | b"mp41"
        | b"mp42"
        | b"mp71"
        | b"avc1"
        | b"dash"
        | b"msnv"
        | b"MSNV"
        | b"F4V "
        | b"f4v "
        | b"cmfc" => Some(MP4),
        _ => None,
    }
}

/// <https://www.rfc-editor.org/rfc/rfc9559#section-4>: EBML, and the type that its header names.
fn matroska(first: &[u8]) -> Option<Types> {
    if !first.starts_with(b"\x1a\x45\xdf\xa3") {
        return None;
    }
    let header = first.get(..64.min(first.len()))?;
    // An element `DocType` of 4 or 8 bytes.
    let names = |kind: &[u8]| holds(header, kind);
    if names(b"\x42\x82\x84webm") {
        // A part of Matroska: Chromium records VP8 so where Matroska was asked for.
        return Some(&["video/webm", "audio/webm", "video/matroska", "video/x-matroska"]);
    }
    let known: Types =
        &["video/matroska", "audio/matroska", "video/x-matroska", "audio/x-matroska"];
    names(b"\x42\x82\x88matroska").then_some(known)
}

/// <https://www.rfc-editor.org/rfc/rfc5334>: the first page says which codec it has.
fn ogg(first: &[u8]) -> Option<Types> {
    if !first.starts_with(b"OggS\0\x02") {
        return None;
    }
    let packet = first.get(27 + usize::from(*first.get(26)?)..)?;
    let begins = |known: &[&[u8]]| known.iter().any(|it| packet.starts_with(it));
    if begins(&[b"\x01vorbis", b"OpusHead", b"Speex   ", b"\x7fFLAC"]) {
        return Some(&["audio/ogg", "audio/opus", "audio/vorbis", "application/ogg"]);
    }
    let is_video = begins(&[b"\x80theora", b"fishead\0"]);
    is_video.then_some(&["video/ogg", "application/ogg"])
}

/// <https://learn.microsoft.com/windows/win32/gdi/bitmap-storage>: two letters are few.
fn bitmap(first: &[u8]) -> Option<Types> {
    let has_no_reserve = little_endian(first, 6)? == 0;
    let is_known = matches!(little_endian(first, 14)?, 12 | 40 | 52 | 56 | 64 | 108 | 124);
    (first.starts_with(b"BM") && has_no_reserve && is_known)
        .then_some(&["image/bmp", "image/x-ms-bmp"])
}

/// <https://learn.microsoft.com/previous-versions/ms997538(v=msdn.10)>: images, the first of which begins behind the
/// list of them.
fn icon(first: &[u8]) -> Option<Types> {
    let [_, _, kind, _, count, more] = at::<6>(first, 0)?;
    let (size, offset) = (little_endian(first, 14)?, little_endian(first, 18)?);
    let is_icon = first.starts_with(b"\0\0") && matches!(kind, 1 | 2) && first[3] == 0;
    let list = 6 + 16 * u32::from(u16::from_le_bytes([count, more]));
    let is_whole = count > 0 && more == 0 && size > 0 && offset >= list && first[9] == 0;
    (is_icon && is_whole).then_some(&["image/x-icon", "image/vnd.microsoft.icon"])
}

/// <https://www.loc.gov/preservation/digital/formats/fdd/fdd000005.shtml>
fn aiff(first: &[u8]) -> Option<Types> {
    let is_form = first.starts_with(b"FORM");
    (is_form && matches!(&at::<4>(first, 8)?, b"AIFF" | b"AIFC"))
        .then_some(&["audio/aiff", "audio/x-aiff"])
}

const MP3: Types = &["audio/mpeg", "audio/mp3"];

/// <https://id3.org/id3v2.4.0-structure>, section 3.1; without a tag, two frames.
fn mp3(first: &[u8]) -> Option<Types> {
    if first.starts_with(b"ID3") {
        let [version, revision, flags, size @ ..] = at::<7>(first, 3)?;
        let is_tag = (2..=4).contains(&version) && revision != 0xff && flags.trailing_zeros() >= 4;
        return (is_tag && size.iter().all(|byte| *byte < 0x80)).then_some(MP3);
    }
    let next = frame_length(first)?;
    frame_length(first.get(next..)?).map(|_| MP3)
}

/// The length of an MPEG audio frame of layer III
/// (<https://www.iso.org/standard/22412.html>, 2.4.1.3).
fn frame_length(bytes: &[u8]) -> Option<usize> {
    const OF_1: [usize; 14] = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    const OF_2: [usize; 14] = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    let [first, second, third, _] = at::<4>(bytes, 0)?;
    let (version, layer) = ((second >> 3) & 3, (second >> 1) & 3);
    if first != 0xff || second & 0xe0 != 0xe0 || version == 1 || layer != 1 {
        return None;
    }
    let is_1 = version == 3;
    let rates = if is_1 { OF_1 } else { OF_2 };
    let rate = rates.get(usize::from(third >> 4).checked_sub(1)?)? * 1000;
    let shift = match version {
        3 => 0,
        2 => 1,
        _ => 2,
    };
    let frequency = [44_100, 48_000, 32_000].get(usize::from((third >> 2) & 3))? >> shift;
    let padding = usize::from((third >> 1) & 1);
    Some((if is_1 { 144 } else { 72 }) * rate / frequency + padding)
}

/// The last is what `file --mime-type` says.
const AAC: Types = &["audio/aac", "audio/x-aac", "audio/aacp", "audio/x-hx-aac-adts"];

/// <https://www.iso.org/standard/43345.html>, 6.2: ADTS, two frames.
fn aac(first: &[u8]) -> Option<Types> {
    let next = |bytes: &[u8]| {
        let head = at::<6>(bytes, 0)?;
        let is_frame = head[0] == 0xff && head[1] & 0xf6 == 0xf0 && (head[2] >> 2) & 0x0f < 13;
        let length =
            usize::from(head[3] & 3) << 11 | usize::from(head[4]) << 3 | usize::from(head[5] >> 5);
        (is_frame && length > 7).then_some(length)
    };
    next(first.get(next(first)?..)?).map(|_| AAC)
}

/// <https://www.iso.org/standard/87619.html>, 2.4.3.2: packets of 188 bytes.
fn transport_stream(first: &[u8]) -> Option<Types> {
    let is_there = (0..5).all(|packet| first.get(packet * 188) == Some(&0x47));
    is_there.then_some(&["video/mp2t"])
}
