use crate::xml;

/// A store's error document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreError {
    /// `SignatureDoesNotMatch`, …
    pub code: String,
    /// Its sentence.
    pub message: String,
    /// The canonical request that the store computed, if it shows it.
    pub canonical_request: Option<String>,
    /// The text that it signed for comparison, if it shows it.
    pub string_to_sign: Option<String>,
    /// The signature that it received, if it shows it.
    pub signature: Option<String>,
    /// The unsigned headers that it received, if it shows them.
    pub headers_not_signed: Option<String>,
}

impl StoreError {
    /// Reads the XML.
    pub fn read(text: &str) -> Self {
        let element = |name| xml::text(text, name);
        Self {
            code: element("Code").unwrap_or_default(),
            message: element("Message").unwrap_or_default(),
            canonical_request: element("CanonicalRequest"),
            string_to_sign: element("StringToSign"),
            signature: element("SignatureProvided"),
            headers_not_signed: element("HeadersNotSigned"),
        }
    }
}
