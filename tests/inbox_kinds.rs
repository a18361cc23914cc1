//! What files are, by a corpus that is made for it: how often the inbox is right, and that nothing active is let through.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]
#![allow(clippy::print_stdout, reason = "it says how often it is right")]

use edge_signer::inbox::Reason;
use edge_signer::inbox::kind::{PIECE, Sample, check};

mod corpus;

use corpus::{Made, Truth};

/// What the inbox says of a whole file, of which it gets the two ends.
fn judge(bytes: &[u8], declared: &str) -> Result<(), Reason> {
    let (first, rest) = bytes.split_at(bytes.len().min(PIECE));
    let last = &rest[rest.len() - rest.len().min(PIECE)..];
    check(&Sample { first, last, size: bytes.len() as u64 }, declared)
}

/// True files that are refused, and are known to be.
const WRONGLY_REFUSED: usize = 9;

#[test]
fn the_corpus_is_judged_rightly() {
    let all = corpus::all();
    let (mut right, mut wrongly_refused, mut let_through) = (0, Vec::new(), Vec::new());
    for Made { name, declared, bytes, truth } in &all {
        match (truth, judge(bytes, declared)) {
            (Truth::AsDeclared, Ok(())) | (Truth::Other | Truth::Never(_), Err(_)) => right += 1,
            (Truth::AsDeclared, Err(reason)) => wrongly_refused.push(format!("{name}: {reason:?}")),
            (Truth::Other | Truth::Never(_), Ok(())) => let_through.push(name),
        }
    }
    println!(
        "{} files: {right} right, {} wrongly refused, {} wrongly let through",
        all.len(),
        wrongly_refused.len(),
        let_through.len()
    );
    assert!(all.len() >= 150, "{}", all.len());
    assert!(let_through.is_empty(), "{let_through:?}");
    assert_eq!(wrongly_refused.len(), WRONGLY_REFUSED, "{wrongly_refused:#?}");
}

/// Whatever it is called, and for the reason that it is.
#[test]
fn nothing_active_is_let_through() {
    let reasons = [Reason::Active, Reason::Executable, Reason::TooLargeToCheck];
    for Made { name, declared, bytes, truth } in corpus::all() {
        if let Truth::Never(_) = truth {
            let said = judge(&bytes, declared).unwrap_err();
            let may_differ = name.starts_with("svg-un") || name.starts_with("svg-comment-un");
            assert!(reasons.contains(&said) || may_differ, "{name}: {said:?}");
        }
    }
}

/// With a type of its own for each of them too.
#[test]
fn what_runs_is_not_taken_as_what_it_is_either() {
    for declared in [
        "text/html",
        "application/xhtml+xml",
        "text/javascript",
        "application/x-msdownload",
        "*/*",
        "",
    ] {
        for Made { name, bytes, truth, .. } in corpus::all() {
            if let Truth::Never(_) = truth {
                assert!(judge(&bytes, declared).is_err(), "{name} as {declared}");
            }
        }
    }
    assert_eq!(judge(b"let a = 1;", "text/javascript"), Err(Reason::TypeDiffers));
    assert_eq!(judge(b"a { b: c }", "text/css"), Err(Reason::TypeDiffers));
}

/// Parameters and case of a type don't count, and bytes that are known may be called bytes.
#[test]
fn a_type_is_read_as_http_does() {
    for declared in
        ["Text/Plain; charset=utf-8", "text/plain ;charset=utf-8", "application/octet-stream"]
    {
        assert_eq!(judge(b"hello", declared), Ok(()), "{declared}");
    }
    assert_eq!(judge(&[0x80, 1, 2], "application/octet-stream"), Ok(()));
    assert_eq!(judge(b"hello", ""), Err(Reason::TypeDiffers));
}

/// A type's `charset` counts for more than what XML says of itself.
#[test]
fn xml_is_read_as_it_is_written() {
    let xml = b"<?xml version='1.0'?><r/>";
    for taken in ["utf-8", "\"UTF-8\"", "us-ascii"] {
        let declared = format!("application/xml; a=b; charset={taken}");
        assert_eq!(judge(xml, &declared), Ok(()), "{declared}");
    }
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'/>";
    for charset in ["utf-7", "utf-16le", "\"utf-16\"", "iso-2022-jp", "utf-8; charset=utf-7", ""] {
        for (file, declared) in
            [(&xml[..], "application/xml"), (xml, "text/xml"), (svg, "image/svg+xml")]
        {
            let declared = format!("{declared}; Charset={charset}");
            assert_eq!(judge(file, &declared), Err(Reason::Active), "{declared}");
        }
    }
    let wide: Vec<u8> = xml.iter().flat_map(|byte| [*byte, 0]).collect();
    for begins in [&[][..], &[0xff, 0xfe]] {
        let said = judge(&[begins, &wide].concat(), "application/xml");
        assert_eq!(said, Err(Reason::NotRecognised));
    }
}

/// Pictures that people draw.
#[test]
fn plain_svg_is_taken() {
    for text in [
        "<svg xmlns='http://www.w3.org/2000/svg'/>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n<!-- made - by hand -->\n<svg xmlns=\"http://www.w3.org/2000/svg\" \
         xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"9\" height=\"9\"><title>a &amp; b</title><defs><linearGradient id=\"g\">\
         <stop offset=\"0\" stop-color=\"#fff\"/></linearGradient></defs><g fill=\"url(#g)\" style=\"stroke: url('#g')\">\
         <use xlink:href=\"#g\"/><text x=\"1\" font-family=\"sans-serif\">hi</text></g></svg>\n",
        // A word that has another in it, a letter by its number, and what svgwrite declares.
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:ev='http://www.w3.org/2001/xml-events' class='face-expressionless' \
         aria-label='Caf&#xe9; (1)'><title>M&#233;xico</title><path transform='translate(1)rotate(2)' \
         style='fill: rgb(0 0 0 / 50%); clip-path: url(#a)'/></svg>",
    ] {
        assert_eq!(judge(text.as_bytes(), "image/svg+xml"), Ok(()), "{text}");
        assert_eq!(judge(text.as_bytes(), "text/plain"), Err(Reason::TypeDiffers), "{text}");
    }
}

/// Writes the corpus to a folder, for others to look at: `EDGE_SIGNER_CORPUS=folder`.
#[test]
fn the_corpus_may_be_written() {
    let Some(folder) = std::env::var_os("EDGE_SIGNER_CORPUS") else { return };
    let folder = std::path::PathBuf::from(folder);
    std::fs::create_dir_all(&folder).unwrap();
    for corpus::Kind { name, types, bytes } in corpus::kinds() {
        let file = format!("{name}~{}", types[0].replace('/', "~"));
        std::fs::write(folder.join(file), bytes).unwrap();
    }
}

/// Whatever comes, there is an answer; and what begins as a page or a program does is never taken.
#[test]
fn no_bytes_are_too_odd() {
    for Made { name, declared, bytes, .. } in corpus::all() {
        for cut in (0..bytes.len().min(200)).chain([bytes.len()]) {
            let _ = judge(&bytes[..cut], declared);
            let _ = judge(&bytes[cut..], declared);
            let mut changed = bytes.clone();
            if let Some(byte) = changed.get_mut(cut) {
                *byte ^= 0x5a;
            }
            let _ = judge(&changed, declared);
        }
        for head in [
            "<!DOCTYPE html>",
            "  <script>",
            "\u{feff}<html>",
            "#!/bin/sh\n",
            "MZ",
            "\u{7f}ELF",
            "<svg onload=x>",
        ] {
            let headed = [head.as_bytes(), &bytes].concat();
            let wide = headed.iter().flat_map(|byte| [*byte, 0]);
            let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(wide).collect();
            if head.contains('<') && !head.contains('\u{feff}') {
                let said = judge(&wide, "application/octet-stream");
                assert!(said.is_err(), "{head:?} in UTF-16 before {name}");
            }
            for declared in [declared, "application/octet-stream", "text/plain"] {
                let said = judge(&headed, declared);
                assert!(said.is_err(), "{head:?} before {name} as {declared}");
            }
        }
    }
}
