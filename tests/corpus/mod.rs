//! Small files that are made for the inbox: each kind under true and under false names, and what is never taken.
//! None does anything: a program is its first bytes, and a script says `alert(1)`.
#![allow(unreachable_pub, missing_docs, clippy::unwrap_used, reason = "of tests")]

use edge_signer::inbox::Reason;

/// A file, what it is declared as, and what has to come of it.
pub struct Made {
    pub name: String,
    pub declared: &'static str,
    pub bytes: Vec<u8>,
    pub truth: Truth,
}

/// What a file is, whatever is made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// What it was declared as.
    AsDeclared,
    /// Something else, which does no harm.
    Other,
    /// Something that runs.
    Never(Reason),
}

/// A kind: its name, what it may be declared as, and a file of it.
pub struct Kind {
    pub name: &'static str,
    pub types: &'static [&'static str],
    pub bytes: Vec<u8>,
}

fn be(number: u32) -> [u8; 4] {
    number.to_be_bytes()
}

fn le(number: u32) -> [u8; 4] {
    number.to_le_bytes()
}

/// CRC-32 of IEEE 802.3.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & (!(sum & 1)).wrapping_add(1))
        })
    })
}

fn adler(bytes: &[u8]) -> u32 {
    let (a, b) = bytes.iter().fold((1u32, 0u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    b << 16 | a
}

/// A block of deflate that is stored.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    [&[1][..], &length.to_le_bytes(), &(!length).to_le_bytes(), bytes].concat()
}

fn png() -> Vec<u8> {
    let chunk = |name: &[u8], data: &[u8]| {
        let named = [name, data].concat();
        [&be(u32::try_from(data.len()).unwrap())[..], &named, &be(crc(&named))].concat()
    };
    let pixels = [0, 0xff];
    let data = [&[0x78, 1][..], &stored(&pixels), &be(adler(&pixels))].concat();
    let header = [&be(1)[..], &be(1), &[8, 0, 0, 0, 0]].concat();
    [
        &b"\x89PNG\r\n\x1a\n"[..],
        &chunk(b"IHDR", &header),
        &chunk(b"IDAT", &data),
        &chunk(b"IEND", b""),
    ]
    .concat()
}

fn jpeg() -> Vec<u8> {
    let quantisation = [&[0xff, 0xdb, 0, 0x43, 0][..], &[1; 64]].concat();
    let huffman = |class: u8| [&[0xff, 0xc4, 0, 0x14, class, 1][..], &[0; 15], &[0]].concat();
    [
        &b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"[..],
        &quantisation,
        &[0xff, 0xc0, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0],
        &huffman(0),
        &huffman(0x10),
        &[0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0x3f, 0xff, 0xd9],
    ]
    .concat()
}

fn gif(version: &[u8]) -> Vec<u8> {
    let frame = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b";
    [b"GIF", version, b"\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff", frame].concat()
}

fn riff(kind: &[u8], chunks: &[u8]) -> Vec<u8> {
    let inside = [kind, chunks].concat();
    [b"RIFF", &le(u32::try_from(inside.len()).unwrap())[..], &inside].concat()
}

fn webp() -> Vec<u8> {
    riff(b"WEBP", b"VP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0")
}

fn wav() -> Vec<u8> {
    let format =
        [&b"fmt "[..], &le(16), &[1, 0, 1, 0], &le(8000), &le(8000), &[1, 0, 8, 0]].concat();
    riff(b"WAVE", &[&format[..], b"data", &le(4), &[128; 4]].concat())
}

fn avi() -> Vec<u8> {
    riff(b"AVI ", &[&b"LIST"[..], &le(4), b"hdrl"].concat())
}

fn bmp() -> Vec<u8> {
    let info = [&le(40)[..], &le(1), &le(1), &[1, 0, 24, 0], &[0; 24]].concat();
    [&b"BM"[..], &le(58), &le(0), &le(54), &info, &[0, 0, 255, 0]].concat()
}

fn ico() -> Vec<u8> {
    let picture = png();
    let size = u32::try_from(picture.len()).unwrap();
    [&b"\0\0\x01\0\x01\0\x01\x01\0\0\x01\0\x20\0"[..], &le(size), &le(22), &picture].concat()
}

fn tiff(big: bool) -> Vec<u8> {
    if big {
        b"MM\0*\0\0\0\x08\0\0\0\0\0\0".to_vec()
    } else {
        b"II*\0\x08\0\0\0\0\0\0\0\0\0".to_vec()
    }
}

fn iso_media(brand: &[u8]) -> Vec<u8> {
    [&be(24)[..], b"ftyp", brand, &[0; 4], b"isom", brand, &be(8), b"mdat"].concat()
}

fn ebml(kind: &[u8]) -> Vec<u8> {
    let length = 0x80 | u8::try_from(kind.len()).unwrap();
    let inside = [&b"\x42\x86\x81\x01\x42\xf7\x81\x01\x42\x82"[..], &[length], kind].concat();
    let size = 0x80 | u8::try_from(inside.len()).unwrap();
    [&b"\x1a\x45\xdf\xa3"[..], &[size], &inside, b"\x18\x53\x80\x67\x80"].concat()
}

fn ogg(packet: &[u8]) -> Vec<u8> {
    let length = u8::try_from(packet.len()).unwrap();
    [&b"OggS\0\x02"[..], &[0; 8], &le(7), &le(0), &le(0), &[1, length], packet].concat()
}

fn mp3_frames() -> Vec<u8> {
    // MPEG 1, layer III, 128 kbit/s, 44.1 kHz: 417 bytes a frame.
    let frame = [&[0xff, 0xfb, 0x90, 0x64][..], &[0; 413]].concat();
    frame.repeat(3)
}

fn aac() -> Vec<u8> {
    let frame = [0xff, 0xf1, 0x50, 0x80, 0x02, 0x1f, 0xfc, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    frame.repeat(3)
}

fn transport_stream() -> Vec<u8> {
    [&[0x47, 0x1f, 0xff, 0x10][..], &[0xff; 184]].concat().repeat(6)
}

/// A ZIP of entries that are stored.
pub fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut files, mut list) = (Vec::new(), Vec::new());
    for (name, data) in entries {
        let size = le(u32::try_from(data.len()).unwrap());
        let length = u16::try_from(name.len()).unwrap().to_le_bytes();
        let common = [
            &[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0x5a][..],
            &le(crc(data)),
            &size,
            &size,
            &length,
            &[0, 0],
        ]
        .concat();
        let at = le(u32::try_from(files.len()).unwrap());
        list.extend([&b"PK\x01\x02\x14\0"[..], &common, &[0; 10], &at, name.as_bytes()].concat());
        files.extend([&b"PK\x03\x04"[..], &common, name.as_bytes(), data].concat());
    }
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    let (size, at) = (list.len(), files.len());
    let ends = |number: usize| le(u32::try_from(number).unwrap());
    [&files[..], &list, b"PK\x05\x06\0\0\0\0", &count, &count, &ends(size), &ends(at), &[0, 0]]
        .concat()
}

const TYPES_XML: (&str, &[u8]) = ("[Content_Types].xml", b"<Types/>");

fn office(folder: &str) -> Vec<u8> {
    zip(&[
        TYPES_XML,
        ("_rels/.rels", b"<Relationships/>"),
        (&format!("{folder}/part.xml"), b"<x/>"),
    ])
}

fn odf(kind: &str) -> Vec<u8> {
    zip(&[("mimetype", kind.as_bytes()), ("content.xml", b"<x/>")])
}

fn pdf(more: &str) -> Vec<u8> {
    format!("%PDF-1.4\n%\u{e2}\u{e3}\n1 0 obj<</Type/Catalog/Pages 2 0 R{more}>>endobj\n2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n").into_bytes()
}

fn tar() -> Vec<u8> {
    let mut block = vec![0; 1536];
    block[..5].copy_from_slice(b"a.txt");
    block[257..265].copy_from_slice(b"ustar\x0000");
    block
}

fn gzip() -> Vec<u8> {
    let text = b"hello";
    [&b"\x1f\x8b\x08\0\0\0\0\0\0\x03"[..], &stored(text), &le(crc(text)), &le(5)].concat()
}

fn svg(inside: &str) -> Vec<u8> {
    format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\">{inside}</svg>")
        .into_bytes()
}

fn padded(head: &[u8], size: usize) -> Vec<u8> {
    let mut bytes = head.to_vec();
    bytes.resize(size, 0x20);
    bytes
}

/// One of each kind that is taken.
#[allow(clippy::too_many_lines, reason = "a table, read line by line")]
pub fn kinds() -> Vec<Kind> {
    let kind = |name, types, bytes| Kind { name, types, bytes };
    vec![
        kind("png", &["image/png"], png()),
        kind("jpeg", &["image/jpeg"], jpeg()),
        kind("gif87", &["image/gif"], gif(b"87a")),
        kind("gif89", &["image/gif"], gif(b"89a")),
        kind("webp", &["image/webp"], webp()),
        kind("bmp", &["image/bmp"], bmp()),
        kind("ico", &["image/x-icon", "image/vnd.microsoft.icon"], ico()),
        kind("tiff-le", &["image/tiff"], tiff(false)),
        kind("tiff-be", &["image/tiff"], tiff(true)),
        kind(
            "bigtiff",
            &["image/tiff"],
            [&b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0"[..], &[0; 16]].concat(),
        ),
        kind("avif", &["image/avif"], iso_media(b"avif")),
        kind("heic", &["image/heic", "image/heif"], iso_media(b"heic")),
        kind("jxl", &["image/jxl"], b"\xff\x0a\0\x10\0".to_vec()),
        kind("jp2", &["image/jp2"], b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 ".to_vec()),
        kind("svg", &["image/svg+xml"], svg("<path d=\"M0 0h9v9z\" fill=\"#0a0\"/>")),
        kind("pdf", &["application/pdf"], pdf("")),
        kind(
            "pdf2",
            &["application/pdf"],
            padded(b"%PDF-2.0\n", 9000).into_iter().chain(*b"\n%%EOF\n").collect(),
        ),
        kind("zip", &["application/zip"], zip(&[("a.txt", b"a")])),
        kind("zip-empty", &["application/zip"], zip(&[])),
        kind(
            "docx",
            &[
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                "application/zip",
            ],
            office("word"),
        ),
        kind(
            "xlsx",
            &[
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "application/zip",
            ],
            office("xl"),
        ),
        kind(
            "pptx",
            &[
                "application/vnd.openxmlformats-officedocument.presentationml.presentation",
                "application/zip",
            ],
            office("ppt"),
        ),
        kind(
            "odt",
            &["application/vnd.oasis.opendocument.text", "application/zip"],
            odf("application/vnd.oasis.opendocument.text"),
        ),
        kind(
            "ods",
            &["application/vnd.oasis.opendocument.spreadsheet"],
            odf("application/vnd.oasis.opendocument.spreadsheet"),
        ),
        kind(
            "odp",
            &["application/vnd.oasis.opendocument.presentation"],
            odf("application/vnd.oasis.opendocument.presentation"),
        ),
        kind(
            "ods-manifest-first",
            &["application/vnd.oasis.opendocument.spreadsheet", "application/zip"],
            zip(&[
                ("META-INF/manifest.xml", b"<x/>"),
                ("meta.xml", b"<x/>"),
                ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
                ("content.xml", b"<x/>"),
            ]),
        ),
        kind("epub", &["application/epub+zip"], odf("application/epub+zip")),
        kind("mp3", &["audio/mpeg"], mp3_frames()),
        kind(
            "mp3-id3",
            &["audio/mpeg"],
            [&b"ID3\x04\0\0\0\0\0\x0a"[..], &[0; 10], &mp3_frames()].concat(),
        ),
        kind("flac", &["audio/flac"], [&b"fLaC\x80\0\0\x22"[..], &[0; 34]].concat()),
        kind("wav", &["audio/wav", "audio/x-wav"], wav()),
        kind(
            "wav-rf64",
            &["audio/wav", "audio/x-wav"],
            [&b"RF64\xff\xff\xff\xffWAVEds64"[..], &le(28), &[0; 28], b"fmt "].concat(),
        ),
        kind("aiff", &["audio/aiff"], [&b"FORM"[..], &be(4), b"AIFF"].concat()),
        kind("aac", &["audio/aac", "audio/x-hx-aac-adts"], aac()),
        kind(
            "midi",
            &["audio/midi", "audio/sp-midi"],
            b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk\0\0\0\x04\0\xff\x2f\0".to_vec(),
        ),
        kind("amr", &["audio/amr"], b"#!AMR\n\x3c".to_vec()),
        kind("m4a", &["audio/mp4", "audio/x-m4a"], iso_media(b"M4A ")),
        kind("ogg-vorbis", &["audio/ogg"], ogg(b"\x01vorbis\0\0\0\0\x02")),
        kind("opus", &["audio/ogg"], ogg(b"OpusHead\x01\x02")),
        kind("ogg-theora", &["video/ogg"], ogg(b"\x80theora\x03\x02")),
        kind("mp4", &["video/mp4"], iso_media(b"isom")),
        kind("mp42", &["video/mp4", "audio/mp4", "audio/x-m4a", "video/x-m4v"], iso_media(b"mp42")),
        kind("mov", &["video/quicktime"], iso_media(b"qt  ")),
        kind("3gp", &["video/3gpp"], iso_media(b"3gp5")),
        kind("webm", &["video/webm", "audio/webm", "video/x-matroska"], ebml(b"webm")),
        kind("mkv", &["video/matroska", "video/x-matroska"], ebml(b"matroska")),
        kind("avi", &["video/x-msvideo"], avi()),
        kind(
            "mpeg",
            &["video/mpeg", "video/MP1S"],
            b"\0\0\x01\xba\x44\0\x04\0\x04\x01\0\0\x03\xf8".to_vec(),
        ),
        kind("mpeg-ts", &["video/mp2t"], transport_stream()),
        kind(
            "gzip",
            &["application/gzip", "application/x-compressed-tar", "application/x-gtar-compressed"],
            gzip(),
        ),
        kind(
            "sqlite",
            &["application/vnd.sqlite3", "application/x-sqlite3"],
            padded(b"SQLite format 3\0", 600),
        ),
        kind(
            "bzip2",
            &["application/x-bzip2", "application/x-bzip"],
            b"BZh9\x17\x72\x45\x38\x50\x90\0\0\0\0".to_vec(),
        ),
        kind("xz", &["application/x-xz"], b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4\x46".to_vec()),
        kind("zstd", &["application/zstd"], b"\x28\xb5\x2f\xfd\x24\0\x01\0\0".to_vec()),
        kind(
            "7z",
            &["application/x-7z-compressed"],
            [&b"7z\xbc\xaf\x27\x1c\0\x04"[..], &[0; 24]].concat(),
        ),
        kind("tar", &["application/x-tar"], tar()),
        kind("woff2", &["font/woff2"], [&b"wOF2\0\x01\0\0"[..], &[0; 40]].concat()),
        kind(
            "text",
            &["text/plain", "text/markdown", "text/x-log", "application/x-subrip"],
            "Grüße, 🦀\n".into(),
        ),
        kind("text-bom", &["text/plain"], "\u{feff}a < b > c\r\n".into()),
        kind("text-long", &["text/plain"], "é".repeat(20_001).into_bytes()),
        kind("csv", &["text/csv", "text/plain"], b"a,b\n1,\"<2>\"\n".to_vec()),
        kind("json", &["application/json", "text/plain"], b" {\"a\": [1]}\n".to_vec()),
        kind(
            "vcard",
            &["text/vcard", "text/x-vcard", "text/plain"],
            b"BEGIN:VCARD\r\nVERSION:4.0\r\nEND:VCARD\r\n".to_vec(),
        ),
        kind(
            "calendar",
            &["text/calendar"],
            b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n".to_vec(),
        ),
        kind("vtt", &["text/vtt"], b"WEBVTT\n\n00:00.000 --> 00:01.000\nhi\n".to_vec()),
        kind(
            "xml",
            &["application/xml", "text/xml"],
            b"<?xml version=\"1.0\"?><a><b c=\"d\"/></a>".to_vec(),
        ),
        kind(
            "xml-feed",
            &["application/xml", "text/xml"],
            "<?xml version='1.0' encoding='ISO-8859-1' standalone='yes'?>\r\n<!-- of <e> -->\n<f:feed \
             xmlns:f = 'http://www.w3.org/2005/Atom'\n\txml:lang='de'><f:title >Caf&#233; &amp; &quot;Käse&#x20ac;&quot;</f:title >\
             <größe a.b='1 > 0'/></f:feed>\n"
                .into(),
        ),
        kind("xml-bare", &["application/xml"], "\u{feff}<data><e x='y'/>text</data>".into()),
    ]
}

/// Names that somebody gives to what is something else.
const FALSE: [&str; 7] = [
    "image/png",
    "image/jpeg",
    "image/svg+xml",
    "application/pdf",
    "video/mp4",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/json",
];

/// SVG that is more than a picture.
fn active_svg() -> Vec<(&'static str, Vec<u8>)> {
    let of = |name, inside: &str| (name, svg(inside));
    let whole = |name, text: &str| (name, text.as_bytes().to_vec());
    vec![
        of("svg-script", "<script>alert(1)</script>"),
        of(
            "svg-script-namespaced",
            "<svg:script xmlns:svg=\"http://www.w3.org/2000/svg\">alert(1)</svg:script>",
        ),
        of("svg-script-upper", "<SCRIPT>alert(1)</SCRIPT>"),
        of("svg-onload", "<g onload=\"alert(1)\"/>"),
        of("svg-onclick-blank", "<g\nonclick = 'alert(1)'/>"),
        of("svg-foreign", "<foreignObject><p/></foreignObject>"),
        of("svg-link", "<a href=\"javascript:alert(1)\"><path d=\"M0 0\"/></a>"),
        of("svg-use-elsewhere", "<use href=\"https://example.com/x.svg#a\"/>"),
        of("svg-use-data", "<use href=\"data:image/svg+xml,x#a\"/>"),
        of("svg-image", "<image href=\"https://example.com/x.png\"/>"),
        of("svg-style-element", "<style>@import url(https://example.com/x.css);</style>"),
        of("svg-style-url", "<path style=\"fill:url(https://example.com/x#a)\"/>"),
        of("svg-style-image-set", "<g style=\"mask: image-set('https://example.com/x' 1x)\"/>"),
        of("svg-image-set", "<g mask=\"-webkit-image-set( 'https://example.com/x' 1x)\"/>"),
        of("svg-style-src", "<g style=\"--a: 1; mask: src('https://example.com/x')\"/>"),
        of("svg-style-escape", "<path style=\"fill:u\\72l(x)\"/>"),
        of("svg-animate", "<animate attributeName=\"href\" to=\"javascript:alert(1)\"/>"),
        of("svg-set", "<set attributeName=\"onload\" to=\"alert(1)\"/>"),
        of("svg-iframe", "<iframe src=\"x\"></iframe>"),
        of("svg-handler", "<handler type=\"text/javascript\">alert(1)</handler>"),
        of("svg-reference", "<path fill=\"&#106;avascript:\"/>"),
        of("svg-cdata", "<text><![CDATA[<script>]]></text>"),
        of("svg-unclosed", "<path d=\"M0 0"),
        of("svg-comment-unclosed", "<!-- <script>alert(1)</script>"),
        of("svg-comment-ends-at-once", "<!--><script>alert(1)</script>-->"),
        of("svg-comment-ends-by-a-dash", "<!---><script>alert(1)</script>-->"),
        of("svg-comment-ends-by-a-bang", "<!-- --!><script>alert(1)</script>-->"),
        of(
            "svg-comment-in-a-title",
            "<title><title><!--</title><script>alert(1)</script>--></title></title>",
        ),
        of("svg-blank-of-no-xml", "<g id=\u{a0}\" onload=alert`1` \"/>"),
        whole(
            "svg-doctype",
            "<!DOCTYPE svg [<!ENTITY a \"b\">]><svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        ),
        whole(
            "svg-stylesheet",
            "<?xml version=\"1.0\"?><?xml-stylesheet href=\"x.xsl\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        ),
        whole(
            "svg-xhtml",
            "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:x=\"http://www.w3.org/1999/xhtml\"><x:script/></svg>",
        ),
        whole(
            "svg-other-encoding",
            "<?xml version=\"1.0\" encoding=\"UTF-7\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        ),
        whole(
            "svg-after-comment",
            "<!-- a --><svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
        ),
    ]
}

/// XML of which a parser makes more than data.
fn active_xml() -> Vec<(&'static str, Vec<u8>)> {
    let of = |name, inside: &str| (name, format!("<?xml version=\"1.0\"?>{inside}").into_bytes());
    let script =
        |namespace: &str| format!("<r xmlns:x=\"{namespace}\"><x:script>alert(1)</x:script></r>");
    let declared = |name, encoding: &str| {
        (name, format!("<?xml version='1.0' encoding='{encoding}'?><r/>").into_bytes())
    };
    vec![
        of("xml-xhtml", &script("http://www.w3.org/1999/xhtml")),
        of("xml-xhtml-by-number", &script("http://www.w3.org/1999/&#120;html")),
        of("xml-xhtml-by-hex", &script("http://www.w3.org/1999/xh&#x74;ml")),
        of("xml-svg-by-number", &script("http://www.w3.org/2000/s&#118;g")),
        of(
            "xml-mathml",
            "<m:math xmlns:m=\"http://www.w3.org/1998/Math/MathML\" onclick=\"alert(1)\"/>",
        ),
        of("xml-xinclude", "<i:include xmlns:i=\"http://www.w3.org/2001/XInclude\" href=\"a\"/>"),
        of("xml-javascript", "<r href=\"javascript:alert(1)\"/>"),
        of("xml-javascript-by-number", "<r href=\"&#106;avascript:alert(1)\"/>"),
        of("xml-javascript-with-a-line", "<r href=\"java\nscript:alert(1)\"/>"),
        of("xml-javascript-with-a-line-by-number", "<r href=\"java&#10;script:alert(1)\"/>"),
        of("xml-tag-by-number", "<r>&#60;script&#62;alert(1)&#60;/script&#62;</r>"),
        of("xml-entity-of-a-namespace", "<!DOCTYPE r [<!ENTITY x \"x\">]><r xmlns:x=\"&x;html\"/>"),
        of("xml-entity-of-html", "<r>&nbsp;</r>"),
        of("xml-cdata", "<r><![CDATA[<p>]]></r>"),
        of("xml-style-sheet", "<?xml-stylesheet href=\"x.xsl\" type=\"text/xsl\"?><r/>"),
        of("xml-style-sheet-at-the-end", "<r/><?xml-stylesheet href=\"x.css\"?>"),
        of("xml-instruction", "<?a b?><r/>"),
        of("xml-unclosed", "<r a=\"b"),
        declared("xml-utf-7", "UTF-7"),
        declared("xml-utf-16", "utf-16"),
        declared("xml-ebcdic", "IBM037"),
        ("xml-of-no-version", b"<?xml encoding='utf-8'?><r/>".to_vec()),
        (
            "xml-of-two-encodings",
            b"<?xml version='encoding=\"utf-8\"' encoding='UTF-7'?><r/>".to_vec(),
        ),
    ]
}

/// HTML and what else runs where it is shown.
fn active() -> Vec<(&'static str, Vec<u8>)> {
    let text = |name, text: &str| (name, text.as_bytes().to_vec());
    let mut files = vec![
        text("html-doctype", "<!DOCTYPE html><title>a</title>"),
        text("html-blank", "\n\t  <html><body>"),
        text("html-bom", "\u{feff}<html>"),
        text("html-comment", "<!-- a --><html>"),
        text("html-script", "<script>alert(1)</script>"),
        text("html-body", "<BODY onload=alert(1)>"),
        text("html-link", "<a href=x>"),
        text("html-iframe", "<iframe src=x>"),
        text("html-later", "hello <ScRiPt>alert(1)</sCrIpT>"),
        text("html-form", "hello <form action=x>"),
        text("html-meta", "hello <meta http-equiv=refresh>"),
        text("html-javascript", "[a](JavaScript:alert(1))"),
        text("xhtml", "<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\"/>"),
        text(
            "xml-xslt",
            "<?xml version=\"1.0\"?><x:stylesheet xmlns:x=\"http://www.w3.org/1999/XSL/Transform\"/>",
        ),
        text("xml-entity", "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"),
        text("php", "<?php echo 1;"),
        text("php-later", "a <?php echo 1;"),
        text("asp", "<% Response.Write 1 %>"),
        text("postscript", "%!PS-Adobe-3.0\n"),
        text("rtf", "{\\rtf1 a}"),
        ("swf", b"FWS\x06\x10\0\0\0".to_vec()),
        ("swf-packed", b"CWS\x06\x10\0\0\0".to_vec()),
        ("pdf-javascript", pdf("/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>")),
        ("pdf-escaped", pdf("/OpenAction<</S/J#61vaScript/J#53(1)>>")),
        ("pdf-launch", pdf("/OpenAction<</S/Launch/F(x)>>")),
        ("docm", zip(&[TYPES_XML, ("word/document.xml", b"<x/>"), ("word/vbaProject.bin", b"x")])),
        (
            "html-at-the-end",
            padded(b"a", 9000).into_iter().chain(*b"<script>alert(1)</script>").collect(),
        ),
    ];
    files.extend(active_svg());
    files
}

/// Programs, and containers of them: their first bytes.
fn programs() -> Vec<(&'static str, Vec<u8>)> {
    let of = |name, head: &[u8]| (name, padded(head, 600));
    vec![
        of("exe", b"MZ\x90\0"),
        of("elf", b"\x7fELF\x02\x01\x01\0"),
        of("mach-o", b"\xcf\xfa\xed\xfe\x07\0\0\x01"),
        of("mach-o-fat", b"\xca\xfe\xba\xbe\0\0\0\x02"),
        of("class", b"\xca\xfe\xba\xbe\0\0\0\x41"),
        of("wasm", b"\0asm\x01\0\0\0"),
        of("dex", b"dex\n035\0"),
        of("lnk", b"L\0\0\0\x01\x14\x02\0"),
        of("msi", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        of("cab", b"MSCF\0\0\0\0"),
        of("deb", b"!<arch>\ndebian-binary"),
        of("rpm", b"\xed\xab\xee\xdb\x03\0"),
        of("crx", b"Cr24\x03\0\0\0"),
        of("pkg", b"xar!\0\x1c\0\x01"),
        of("shell", b"#!/bin/sh\nexit\n"),
        of("python", b"#! /usr/bin/env python3\n"),
        of("batch", b"@echo off\r\nexit\r\n"),
        of("vbe", b"#@~^AAAA"),
        ("jar", zip(&[("META-INF/MANIFEST.MF", b"Main-Class: A\n"), ("A.class", b"x")])),
        ("apk", zip(&[("AndroidManifest.xml", b"x"), ("classes.dex", b"x")])),
        ("appx", zip(&[("AppxManifest.xml", b"<x/>")])),
        ("xpi", zip(&[("manifest.json", b"{}"), ("META-INF/mozilla.rsa", b"x")])),
    ]
}

/// Names that somebody gives to what runs, for each of which it would be shown or opened.
const DISGUISES: [&str; 5] =
    ["image/png", "image/svg+xml", "text/plain", "application/pdf", "application/octet-stream"];

/// All of them.
pub fn all() -> Vec<Made> {
    let mut made = Vec::new();
    for Kind { name, types, bytes } in kinds() {
        for declared in types {
            let name = format!("{name} as {declared}");
            made.push(Made { name, declared, bytes: bytes.clone(), truth: Truth::AsDeclared });
        }
        for declared in FALSE.into_iter().filter(|it| !types.contains(it)) {
            let name = format!("{name} as {declared}");
            made.push(Made { name, declared, bytes: bytes.clone(), truth: Truth::Other });
        }
    }
    for (files, reason) in [(active(), Reason::Active), (programs(), Reason::Executable)] {
        for (name, bytes) in files {
            for declared in DISGUISES {
                let name = format!("{name} as {declared}");
                made.push(Made {
                    name,
                    declared,
                    bytes: bytes.clone(),
                    truth: Truth::Never(reason),
                });
            }
        }
    }
    for (name, bytes) in active_xml() {
        for declared in ["application/xml", "text/xml"].into_iter().chain(DISGUISES) {
            let (name, truth) = (format!("{name} as {declared}"), Truth::Never(Reason::Active));
            made.push(Made { name, declared, bytes: bytes.clone(), truth });
        }
    }
    for (name, declared, bytes) in harmless_and_refused() {
        let name = format!("{name} as {declared}");
        made.push(Made { name, declared, bytes, truth: Truth::AsDeclared });
    }
    for (name, declared, bytes) in noise() {
        let name = format!("{name} as {declared}");
        made.push(Made { name, declared, bytes, truth: Truth::Other });
    }
    made
}

/// True files that the inbox doesn't take: what they are can't be told from worse, or isn't known.
fn harmless_and_refused() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let large = svg(&"<path d=\"M0 0h9v9z\"/>".repeat(500));
    let editor = "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:e=\"http://example.com/editor\" e:version=\"1\"/>";
    vec![
        ("svg-large", "image/svg+xml", large),
        ("svg-doctype", "image/svg+xml", b"<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd\"><svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec()),
        ("svg-of-an-editor", "image/svg+xml", editor.as_bytes().to_vec()),
        ("text-about-html", "text/markdown", b"Write `<script>` where it belongs.\n".to_vec()),
        ("text-utf-16", "text/plain", b"\xff\xfea\0b\0\n\0".to_vec()),
        ("text-latin-1", "text/plain", b"caf\xe9\n".to_vec()),
        ("doc", "application/msword", padded(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 600)),
        ("psd", "image/vnd.adobe.photoshop", padded(b"8BPS\0\x01", 600)),
        ("xml-large", "application/xml", [&b"<a>"[..], &b"<b/>".repeat(3000), b"</a>"].concat()),
    ]
}

/// What is nothing in particular, and what begins as something and goes on as something else.
fn noise() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let noise: Vec<u8> =
        (0..600u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8 | 0x80).collect();
    vec![
        ("noise", "image/png", noise.clone()),
        ("noise", "text/plain", noise.clone()),
        ("noise", "video/mp4", noise),
        ("half-of-a-png", "image/png", b"\x89PNG\r\n".to_vec()),
        ("png-without-header", "image/png", b"\x89PNG\r\n\x1a\n\0\0\0\x04tEXt".to_vec()),
        ("letters-of-bmp", "image/bmp", b"BM is a good name for a file".to_vec()),
        ("letters-of-pdf", "application/pdf", b"%PDF-1.7 and no end".to_vec()),
        ("zip-without-end", "application/zip", b"PK\x03\x04 and no end".to_vec()),
        ("riff-of-none", "image/webp", b"RIFF\0\0\0\0NONEVP8 ".to_vec()),
        ("one-frame", "audio/mpeg", b"\xff\xfb\x90\x64 and then text".to_vec()),
        ("mp4-of-no-brand", "video/mp4", b"\0\0\0\x18ftypxxxx\0\0\0\0".to_vec()),
        ("nul", "text/plain", b"a\0b".to_vec()),
    ]
}
