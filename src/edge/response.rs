use web_sys::{Headers, ResponseInit};

use super::platform::WorkerPlatform;
use crate::api::{Content, Response};

/// Writes a response as the runtime wants it. An empty body is none at all: 204 and 302 may not have
/// one. A body of the store's is passed on as it comes, never held.
pub(super) fn write(
    response: &Response,
    platform: &WorkerPlatform<'_>,
) -> worker::Result<web_sys::Response> {
    let headers = Headers::new()?;
    for (name, value) in &response.headers {
        headers.append(name, value)?;
    }
    let init = ResponseInit::new();
    init.set_status(response.status);
    init.set_headers(&headers);
    Ok(match &response.body {
        Content::Text(text) => {
            let text = Some(text.as_str()).filter(|text| !text.is_empty());
            web_sys::Response::new_with_opt_str_and_init(text, &init)?
        }
        Content::OfStore => {
            let stream = platform.opened.take();
            web_sys::Response::new_with_opt_readable_stream_and_init(stream.as_ref(), &init)?
        }
    })
}
