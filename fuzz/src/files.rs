use edge_signer::inbox::kind::{PIECE, Sample, check};

/// What a file is declared as: its first byte chooses one of these.
const DECLARED: [&str; 12] = [
    "image/svg+xml",
    "application/octet-stream",
    "text/plain",
    "application/xml",
    "application/json",
    "text/markdown",
    "text/calendar",
    "image/png",
    "application/pdf",
    "application/zip",
    "video/mp4",
    "font/ttf",
];

/// By which browsers know a page. A comment is one too for them, but XML may begin with one as well
/// (<https://mimesniff.spec.whatwg.org/#identifying-a-resource-with-an-unknown-mime-type>).
const PAGES: [&str; 16] = [
    "<!doctype html",
    "<html",
    "<head",
    "<script",
    "<iframe",
    "<h1",
    "<div",
    "<font",
    "<table",
    "<a",
    "<style",
    "<title",
    "<b",
    "<body",
    "<br",
    "<p",
];
const PROGRAMS: [&[u8]; 4] = [b"MZ", b"\x7fELF", b"\0asm", b"#!/"];

/// Of whose elements some run something, or have handlers that do.
const RUNNING: [&str; 4] = [
    "http://www.w3.org/1999/xhtml",
    "http://www.w3.org/2000/svg",
    "http://www.w3.org/1998/Math/MathML",
    "http://www.w3.org/1999/XSL/Transform",
];

/// A file that was uploaded to an inbox. What is taken is no page that a browser would know, no program, and as SVG
/// or XML nothing that a parser finds active in it.
pub fn inbox_file(data: &[u8]) {
    let Some((choice, file)) = data.split_first() else { return };
    let declared = DECLARED[usize::from(*choice) % DECLARED.len()];
    let (first, rest) = file.split_at(file.len().min(PIECE));
    let last = &rest[rest.len() - rest.len().min(PIECE)..];
    if check(&Sample { first, last, size: file.len() as u64 }, declared).is_err() {
        return;
    }
    assert!(!is_page(file), "a page is taken as {declared}");
    assert!(!PROGRAMS.iter().any(|begins| file.starts_with(begins)), "a program is taken");
    if declared.ends_with("xml") {
        let text = std::str::from_utf8(file).expect("XML is text");
        // What isn't well-formed is shown by no browser.
        if let Ok(document) = roxmltree::Document::parse(text.trim_start_matches('\u{feff}')) {
            let holds = if declared == "image/svg+xml" { is_still } else { is_data };
            document.descendants().for_each(holds);
        }
    }
}

fn is_page(file: &[u8]) -> bool {
    let begins = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let blank = |byte: &&u8| matches!(byte, b'\t' | b'\n' | 0x0c | b'\r' | b' ');
    let begins = &begins[begins.iter().take_while(blank).count()..];
    PAGES.iter().any(|page| {
        let tag = begins.get(..page.len());
        tag.is_some_and(|tag| tag.eq_ignore_ascii_case(page.as_bytes()))
            && matches!(begins.get(page.len()), Some(b' ' | b'>'))
    })
}

fn is_still(node: roxmltree::Node<'_, '_>) {
    assert!(!node.is_pi(), "an instruction: {:?}", node.pi());
    if !node.is_element() {
        return;
    }
    let tag = node.tag_name();
    let of_svg = [None, Some("http://www.w3.org/2000/svg")].contains(&tag.namespace());
    assert!(of_svg, "an element of {:?}", tag.namespace());
    let name = tag.name().to_ascii_lowercase();
    let active = [
        "script",
        "style",
        "a",
        "image",
        "feimage",
        "foreignobject",
        "handler",
        "listener",
        "iframe",
    ];
    let is_active = active.contains(&name.as_str()) || name.starts_with("animate");
    assert!(!is_active && name != "set", "<{name}>");
    for attribute in node.attributes() {
        let name = attribute.name().to_ascii_lowercase();
        let value = attribute.value().to_ascii_lowercase();
        assert!(!name.starts_with("on"), "a handler: {name}");
        assert!(name != "href" || value.starts_with('#'), "{name} leads to {value}");
        // With white space before its bracket it is no call.
        let leads = |call: (usize, &str)| {
            let inside = value[call.0 + 4..]
                .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
            !inside.starts_with('#')
        };
        assert!(!value.match_indices("url(").any(leads), "{name} loads {value}");
        assert!(name == "href" || !runs(&value), "{name} runs {value}");
    }
}

fn is_data(node: roxmltree::Node<'_, '_>) {
    assert!(!node.is_pi(), "an instruction: {:?}", node.pi());
    let runs_by = |namespace: Option<&str>| namespace.is_some_and(|it| RUNNING.contains(&it));
    assert!(!runs_by(node.tag_name().namespace()), "{:?}", node.tag_name());
    for attribute in node.attributes() {
        assert!(!runs_by(attribute.namespace()), "{attribute:?}");
        assert!(!runs(&attribute.value().to_ascii_lowercase()), "{attribute:?}");
    }
}

/// Whether it is a script's address: browsers leave line ends and tabs in it out.
fn runs(value: &str) -> bool {
    let solid: String = value.chars().filter(|c| !c.is_whitespace()).collect();
    solid.contains("javascript:")
}
