//! The little XML of S3 that this crate reads: flat elements with text.

/// The contents of all elements of that name, in order: the text between `<name …>` and `</name>`.
pub fn elements<'x>(xml: &'x str, name: &str) -> Vec<&'x str> {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let mut found = Vec::new();
    let mut rest = xml;
    while let Some(start) = rest.find(&open) {
        rest = &rest[start + open.len()..];
        // `<Part` is also the beginning of `<PartNumber`.
        if !rest.starts_with(['>', ' ', '\t', '\n', '\r']) {
            continue;
        }
        let Some((_, inside)) = rest.split_once('>') else { break };
        let Some(end) = inside.find(&close) else { break };
        found.push(&inside[..end]);
        rest = &inside[end + close.len()..];
    }
    found
}

/// The text of the first element of that name, with its references resolved.
pub fn text(xml: &str, name: &str) -> Option<String> {
    elements(xml, name).first().map(|text| unescape(text.trim()))
}

fn unescape(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    // `&amp;` comes last, so that its result isn't resolved again.
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&apos;", "'"),
        ("&#39;", "'"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (reference, character)| text.replace(reference, character))
    .replace("&amp;", "&")
}

/// Escapes a text for XML.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_by_their_whole_name() {
        let xml = "<?xml version=\"1.0\"?><ListPartsResult xmlns=\"x\"><PartNumberMarker>0</PartNumberMarker>\
                   <Part>\n<PartNumber>1</PartNumber><ETag>&quot;a&amp;lt;&quot;</ETag></Part>\
                   <Part><PartNumber>2</PartNumber></Part></ListPartsResult>";
        let parts = elements(xml, "Part");
        assert_eq!(parts.len(), 2);
        assert_eq!(text(parts[0], "PartNumber").as_deref(), Some("1"));
        assert_eq!(text(parts[0], "ETag").as_deref(), Some("\"a&lt;\""));
        assert_eq!(text(parts[1], "ETag"), None);
        assert_eq!(text(xml, "UploadId"), None);
    }

    #[test]
    fn what_is_cut_off_is_not_found() {
        for xml in ["", "<Part", "<Part>", "<Part>x", "</Part>", "<Part x"] {
            assert!(elements(xml, "Part").is_empty(), "{xml}");
        }
    }

    #[test]
    fn escaping_is_undone() {
        let text = "a<b>&\"c\"&amp;";
        assert_eq!(unescape(&escape(text)), text);
    }
}
