//! A store's answer.

use edge_signer::xml;

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// At most [`Answer::MAX_BODY`] bytes of the body.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The most bytes that are read of a body.
    pub(crate) const MAX_BODY: u64 = 64 * 1024;

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(present, _)| present == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body, if it is text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or_default()
    }

    /// An element of an XML body.
    pub(crate) fn element(&self, name: &str) -> Option<String> {
        xml::text(self.text(), name)
    }

    /// The code of an error.
    pub(crate) fn code(&self) -> Option<String> {
        self.is_error_document().then(|| self.element("Code")).flatten()
    }

    /// A 2xx that isn't an error: copies and completions may say 200 before they fail.
    pub(crate) fn is_ok(&self) -> bool {
        (200..300).contains(&self.status) && !self.is_error_document()
    }

    fn is_error_document(&self) -> bool {
        let text = self.text().trim_start();
        let root = text.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>"));
        root.map_or(text, |(_, rest)| rest.trim_start()).starts_with("<Error")
    }

    /// Status and code, for a report.
    pub(crate) fn brief(&self) -> String {
        match self.code() {
            Some(code) => format!("{} {}", self.status, printable(&code, 60)),
            None => self.status.to_string(),
        }
    }

    /// The length of the whole, if the answer has it.
    pub(crate) fn length(&self) -> Option<u64> {
        self.header("content-length")?.parse().ok()
    }
}

/// A store's text, shortened, without characters that move a terminal's cursor.
pub(crate) fn printable(text: &str, most: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
    }

    #[test]
    fn an_error_inside_of_a_200_is_one() {
        let error = "<?xml version=\"1.0\"?>\n\n<Error><Code>InternalError</Code></Error>";
        assert!(!answer(200, error).is_ok());
        assert_eq!(answer(200, error).brief(), "200 InternalError");
        assert!(answer(200, "<CopyObjectResult/>").is_ok());
        assert!(answer(204, "").is_ok());
        assert!(!answer(404, "").is_ok());
    }

    #[test]
    fn a_brief_answer_has_no_control_characters_of_the_store() {
        let hostile = "<Error><Code>\u{1b}[31mNo\nSuch</Code></Error>";
        assert_eq!(answer(404, hostile).brief(), "404 [31mNoSuch");
        assert_eq!(answer(500, "<html>oops</html>").brief(), "500");
    }
}
