use std::cell::RefCell;

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use web_sys::{Headers, ResponseInit};

use super::platform::WorkerPlatform;
use crate::api::{Content, HeaderName, Response, StatusCode};

/// Status and headers of a response, as the runtime takes them.
struct Head {
    status: StatusCode,
    headers: Vec<(HeaderName, String)>,
    init: ResponseInit,
}

impl Head {
    fn of(response: &Response) -> Result<Self, JsValue> {
        let headers = Headers::new()?;
        for (name, value) in &response.headers {
            headers.append(name.as_str(), value)?;
        }
        let init = ResponseInit::new();
        init.set_status(response.status.as_u16());
        init.set_headers(&headers);
        Ok(Self { status: response.status, headers: response.headers.clone(), init })
    }

    fn is_of(&self, response: &Response) -> bool {
        self.status == response.status && self.headers == response.headers
    }
}

thread_local! {
    /// The last response's head. Most responses have the same, and each header is a call to the runtime, which
    /// copies them into each response.
    static LAST: RefCell<Option<Head>> = const { RefCell::new(None) };
}

/// Writes a response as the runtime wants it. An empty body is none at all: 204 and 302 may not have
/// one. A body of the store's is passed on as it comes, never held.
pub(super) fn write(
    response: &Response,
    platform: &WorkerPlatform<'_>,
) -> Result<web_sys::Response, JsValue> {
    LAST.with_borrow_mut(|last| {
        let head = match last.take().filter(|head| head.is_of(response)) {
            Some(head) => head,
            None => Head::of(response)?,
        };
        let init = &last.insert(head).init;
        Ok(match &response.body {
            Content::Text(text) => {
                // Bytes are copied once, where a text would be decoded and encoded again.
                let text = (!text.is_empty()).then(|| Uint8Array::from(text.as_bytes()));
                web_sys::Response::new_with_opt_buffer_source_and_init(text.as_deref(), init)?
            }
            Content::OfStore => {
                let stream = platform.opened.take();
                web_sys::Response::new_with_opt_readable_stream_and_init(stream.as_ref(), init)?
            }
        })
    })
}
