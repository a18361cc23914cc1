//! Requests to the edge, and to the store by the edge's URLs.

use edge_signer::secret::Secret;
use serde_json::{Map, Value, json};

use super::settings::Settings;
use crate::probe::{Answer, Client, Fault, Outgoing, printable};

/// What every check needs.
pub(super) struct Visit<'a> {
    pub(super) settings: &'a Settings<'a>,
    client: &'a Client,
}

/// A URL, and how to use it.
pub(super) struct Signed {
    method: &'static str,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
}

/// Why the edge signed nothing.
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: String,
    /// The sentence for people.
    pub(super) sentence: String,
}

impl<'a> Visit<'a> {
    pub(super) const fn new(settings: &'a Settings<'a>, client: &'a Client) -> Self {
        Self { settings, client }
    }

    /// Sends a request unchanged.
    pub(super) fn send(
        &self,
        method: &'static str,
        url: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Answer, String> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let outgoing = Outgoing {
            method,
            url: url.to_owned(),
            headers: headers.iter().map(owned).collect(),
            body: body.map(<[u8]>::to_vec),
        };
        self.client.send(&outgoing).map_err(|fault| match fault {
            Fault::Stopped => "stopped".to_owned(),
            other => printable(&other.sentence(), 300),
        })
    }

    /// The URL of one of the edge's paths.
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.settings.edge)
    }

    /// Calls a route with the session's token.
    pub(super) fn call(&self, path: &str, body: &Value) -> Result<Answer, String> {
        let bearer = format!("Bearer {}", Secret::expose(self.settings.token));
        let headers = [("authorization", &*bearer), ("content-type", "application/json")];
        self.send("POST", &self.at(path), &headers, Some(body.to_string().as_bytes()))
    }

    /// The body of a request for this operation on the doctor's own object, with further members.
    pub(super) fn body(&self, operation: &str, more: &[(&str, Value)]) -> Value {
        let mut body = Map::new();
        body.insert("operation".to_owned(), json!(operation));
        body.insert("key".to_owned(), json!(self.settings.key));
        if let Some(store) = self.settings.store {
            body.insert("store".to_owned(), json!(store));
        }
        let more = more.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        body.extend(more);
        Value::Object(body)
    }

    /// Has a request signed.
    pub(super) fn presign(
        &self,
        operation: &str,
        more: &[(&str, Value)],
    ) -> Result<Result<Signed, Refusal>, String> {
        let answer = self.call("/v1/presign", &self.body(operation, more))?;
        if answer.status != 200 {
            return Ok(Err(refusal(&answer)));
        }
        let json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let method = match json["method"].as_str() {
            Some("PUT") => "PUT",
            Some("DELETE") => "DELETE",
            _ => "GET",
        };
        let url = json["url"].as_str().ok_or("the answer of /v1/presign has no url")?.to_owned();
        let headers = json["headers"].as_object().into_iter().flatten();
        // The client derives this header from the body.
        let headers = headers.filter(|(name, _)| *name != "content-length");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let headers = headers.map(|(name, value)| (name.clone(), text(value))).collect();
        Ok(Ok(Signed { method, url, headers }))
    }

    /// Uses a URL as its answer says, with further headers, or with others instead of its own.
    pub(super) fn follow(
        &self,
        signed: &Signed,
        other: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Answer, String> {
        let own = signed.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let own = own.filter(|(name, _)| other.iter().all(|(replaced, _)| replaced != name));
        let headers: Vec<(&str, &str)> = own.chain(other.iter().copied()).collect();
        self.send(signed.method, &signed.url, &headers, body)
    }
}

/// Reads a problem of the edge.
pub(super) fn refusal(answer: &Answer) -> Refusal {
    let json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |name: &str| printable(json[name].as_str().unwrap_or_default(), 300);
    let (code, detail) = (text("code"), text("detail"));
    let sentence = match (code.is_empty(), detail.is_empty()) {
        (true, _) => format!("{} without a problem of edge-signer's", answer.status),
        (false, true) => format!("{} {code}", answer.status),
        (false, false) => format!("{} {code}: {detail}", answer.status),
    };
    Refusal { status: answer.status, code, sentence }
}
