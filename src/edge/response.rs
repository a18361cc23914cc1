use web_sys::{Headers, ResponseInit};

use crate::api::Response;

/// Writes a response as the runtime wants it. An empty body is none at all: 204 and 302 may not have
/// one.
pub(super) fn write(response: &Response) -> worker::Result<web_sys::Response> {
    let headers = Headers::new()?;
    for (name, value) in &response.headers {
        headers.append(name, value)?;
    }
    let init = ResponseInit::new();
    init.set_status(response.status);
    init.set_headers(&headers);
    let body = Some(response.body.as_str()).filter(|body| !body.is_empty());
    Ok(web_sys::Response::new_with_opt_str_and_init(body, &init)?)
}
