use serde_json::json;

use super::answers::{holds, text};
use super::edge::{config, posts, send};
use super::parts::lines;

/// A signature that no input has by chance.
const SIGNATURE: &str = "5f1d7a84db73e2b8c0946c3ee5c1b6a2fa17ce9604d2a8b3175390e6c48fb21d";

/// A method, a URL without its signature, a header, and what the store said: a line each. The explanation never
/// repeats the signature, neither the URL's nor the one that the store says it saw.
pub fn explain(data: &[u8]) {
    let [method, url, header, said] = lines(data);
    let (name, value) = header.split_once(':').unwrap_or((&header, ""));
    let between = if url.contains('?') { '&' } else { '?' };
    let seen = format!("<SignatureProvided>{SIGNATURE}</SignatureProvided>");
    let body = json!({
        "method": method, "url": format!("{url}{between}X-Amz-Signature={SIGNATURE}"),
        "headers": { name: value }, "error_xml": format!("{said}{seen}"),
    });
    let answer = send(config(), &posts("/dev/explain"), body.to_string().as_bytes(), None);
    assert!(!holds(text(&answer), SIGNATURE), "it repeats the signature: {}", text(&answer));
}
