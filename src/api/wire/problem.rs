use http::{HeaderName, StatusCode, header};
use serde_json::{Map, Value, json};

use super::message::{RequestId, Response};
use crate::variables::Fault;

/// A problem of RFC 9457.
#[derive(Clone, Debug)]
pub(in crate::api) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    headers: Vec<(HeaderName, String)>,
    members: Map<String, Value>,
    /// For the log alone.
    reason: Option<String>,
}

impl Problem {
    pub(in crate::api) fn new(
        status: StatusCode,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        let (detail, headers, members) = (detail.into(), Vec::new(), Map::new());
        Self { status, code, detail, headers, members, reason: None }
    }

    /// Names every fault by its path. A path is the name of a setting, a secret or a binding; no value
    /// is ever part of it.
    pub(in crate::api) fn misconfigured(faults: &[Fault]) -> Self {
        let list = |fault: &Fault| json!({ "path": fault.path, "detail": fault.detail });
        let named: Vec<&str> = faults.iter().map(|fault| fault.path.as_str()).collect();
        let detail = format!(
            "The edge's configuration is incomplete, so it signs nothing. See: {}.",
            named.join(", ")
        );
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "misconfigured", detail)
            .with_member("faults", faults.iter().map(list).collect::<Vec<_>>())
            .with_header(header::RETRY_AFTER, "60")
    }

    pub(in crate::api) fn with_header(
        mut self,
        name: HeaderName,
        value: impl Into<String>,
    ) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(in crate::api) fn with_member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    pub(in crate::api) fn with_reason(mut self, reason: String) -> Self {
        self.reason = Some(reason);
        self
    }

    pub(in crate::api) const fn code(&self) -> &'static str {
        self.code
    }

    pub(in crate::api) const fn status(&self) -> StatusCode {
        self.status
    }

    pub(in crate::api) fn headers(&self) -> &[(HeaderName, String)] {
        &self.headers
    }

    pub(in crate::api) fn detail(&self) -> &str {
        &self.detail
    }

    /// One line for the log.
    pub(in crate::api) fn log_line(&self, id: &RequestId) -> String {
        let reason = self.reason.as_deref().unwrap_or(&self.detail);
        json!({
            "event": "problem", "request_id": id.as_str(), "status": self.status.as_u16(), "code": self.code, "reason": reason,
        })
        .to_string()
    }

    /// The JSON of an answer.
    pub(in crate::api) fn to_json(&self, id: &RequestId) -> Value {
        let title = self.code.replace('_', " ");
        let mut body = json!({
            "type": format!("urn:edge-signer:problem:{}", self.code), "title": title,
            "status": self.status.as_u16(), "detail": self.detail, "code": self.code,
            "request_id": id.as_str(),
        });
        if let Some(body) = body.as_object_mut() {
            body.extend(self.members.clone());
        }
        body
    }

    /// The answer for the caller.
    pub(in crate::api) fn into_response(self, id: &RequestId) -> Response {
        let body = self.to_json(id).to_string();
        let mut response = Response::text(self.status, "application/problem+json", body);
        response.headers.extend(self.headers);
        response
    }
}
