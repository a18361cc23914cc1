use crate::encoding::{Slash, percent_encode_into};

/// `Content-Disposition: attachment` with a file name: the browser saves the file.
///
/// The name is plain text. It stands in quotes for every reader and, if that can't hold the whole name, once more in
/// UTF-8 (RFC 6266 §4.3, RFC 8187). Slashes, quotes and control characters would end the name or choose a folder, so
/// they become `_`.
///
/// ```
/// use edge_signer::s3::attachment;
///
/// assert_eq!(attachment("report.pdf"), r#"attachment; filename="report.pdf""#);
/// assert_eq!(
///     attachment("Übersicht 2026.pdf"),
///     "attachment; filename=\"_bersicht 2026.pdf\"; filename*=UTF-8''%C3%9Cbersicht%202026.pdf"
/// );
/// ```
pub fn attachment(file_name: &str) -> String {
    disposition("attachment", file_name)
}

/// `Content-Disposition: inline` with a file name: the browser shows the file, and saves it under this name instead of
/// the last part of the URL.
pub fn inline(file_name: &str) -> String {
    disposition("inline", file_name)
}

fn disposition(kind: &str, file_name: &str) -> String {
    let unsafe_character = |c: char| c.is_control() || matches!(c, '/' | '\\' | '"');
    let safe: String =
        file_name.chars().map(|c| if unsafe_character(c) { '_' } else { c }).collect();
    // Some readers decode escapes inside the quotes as well.
    let plain: String =
        safe.chars().map(|c| if c.is_ascii() && c != '%' { c } else { '_' }).collect();
    let mut header = format!("{kind}; filename=\"{plain}\"");
    if plain != safe {
        header.push_str("; filename*=UTF-8''");
        // RFC 8187 allows a few more characters unescaped; escaping them is valid too.
        percent_encode_into(&mut header, &safe, Slash::Encode);
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_not_leave_its_quotes_or_its_folder() {
        for (name, header) in [
            ("a\"b.txt", r#"attachment; filename="a_b.txt""#),
            ("../../etc/passwd", r#"attachment; filename=".._.._etc_passwd""#),
            ("a\r\nX: y", r#"attachment; filename="a__X: y""#),
            ("100%.txt", "attachment; filename=\"100_.txt\"; filename*=UTF-8''100%25.txt"),
            ("🦀.rs", "attachment; filename=\"_.rs\"; filename*=UTF-8''%F0%9F%A6%80.rs"),
            ("it's.txt", "attachment; filename=\"it's.txt\""),
        ] {
            assert_eq!(attachment(name), header);
            assert_eq!(inline(name), header.replace("attachment", "inline"));
        }
    }
}
