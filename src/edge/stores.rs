//! Calls to stores, by fetch.

use js_sys::Promise;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, RequestRedirect, Response};

use super::clock::now;
use super::platform::WorkerPlatform;
use super::request::{header_pairs, read_stream};
use super::runtime::{console_log, error_text, within};
use crate::api::{
    OpenedAnswer, StatusCode, StoreAnswer, StoreBody, StoreCall, StoreClient, StoreUnavailable,
};
use crate::s3::RoleCache;
use crate::time::Timestamp;

/// The most that is read of a store's answer, in bytes: a list of 1,000 parts is a fraction of it.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch)]
    fn js_fetch(url: &str, init: &RequestInit) -> Promise;

    #[wasm_bindgen(js_namespace = AbortSignal, js_name = timeout)]
    fn abort_after(milliseconds: u32) -> AbortSignal;
}

impl StoreClient for WorkerPlatform<'_> {
    async fn call_store(&self, call: StoreCall) -> Result<StoreAnswer, StoreUnavailable> {
        ask(&call).await
    }

    async fn open_store(&self, call: StoreCall) -> Result<OpenedAnswer, StoreUnavailable> {
        let answer = send(&call, Some(self.request), None).await.map_err(|error| failed(&error))?;
        let headers = header_pairs(&answer.headers());
        *self.opened.borrow_mut() = answer.body();
        Ok(OpenedAnswer { status: status(&answer), headers })
    }

    fn call_store_behind(
        &self,
        call: StoreCall,
        then: impl FnOnce(
            &RoleCache,
            Timestamp,
            Result<StoreAnswer, StoreUnavailable>,
        ) -> Option<String>
        + 'static,
    ) {
        let isolate = self.isolate;
        self.context.do_behind(async move {
            let answer = ask(&call).await;
            if let Some(line) = then(&isolate.roles, now(), answer) {
                console_log(&line);
            }
        });
    }
}

/// The runtime gives 200 to 599.
fn status(answer: &Response) -> StatusCode {
    StatusCode::from_u16(answer.status()).unwrap_or(StatusCode::BAD_GATEWAY)
}

fn failed(error: &JsValue) -> StoreUnavailable {
    StoreUnavailable(error_text(error))
}

/// Calls a store and reads its answer. The limit is for head and body together.
pub(super) async fn ask(call: &StoreCall) -> Result<StoreAnswer, StoreUnavailable> {
    let (head, body) = ask_for_bytes(call, MAX_ANSWER_BYTES, |_| true).await?;
    let OpenedAnswer { status, headers } = head;
    Ok(StoreAnswer { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
}

/// The same of bytes: no more of them than `limit`, or none where `is_read` says so of their head.
pub(super) async fn ask_for_bytes(
    call: &StoreCall,
    limit: usize,
    is_read: fn(&OpenedAnswer) -> bool,
) -> Result<(OpenedAnswer, Vec<u8>), StoreUnavailable> {
    let signal = abort_after(call.timeout_ms);
    let answer = send(call, None, Some(&signal)).await.map_err(|error| failed(&error))?;
    let head = OpenedAnswer { status: status(&answer), headers: header_pairs(&answer.headers()) };
    let body = match (answer.body(), is_read(&head)) {
        (None, _) => Vec::new(),
        (Some(stream), false) => {
            // What isn't read isn't sent either.
            let _ = JsFuture::from(stream.cancel()).await;
            Vec::new()
        }
        (Some(stream), true) => read_stream(&stream, limit)
            .await
            .map_err(|fault| StoreUnavailable(format!("the answer's body: {fault:?}")))?,
    };
    Ok((head, body))
}

/// Calls a store. Without a signal only the answer's head has a time limit: the body may take as long as
/// its reader does. The body of `request` may be passed on.
async fn send(
    call: &StoreCall,
    request: Option<&web_sys::Request>,
    signal: Option<&AbortSignal>,
) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in &call.headers {
        headers.append(name, value)?;
    }
    let init = RequestInit::new();
    init.set_method(call.method.as_str());
    init.set_headers(&headers);
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(signal);
    match &call.body {
        StoreBody::Text(text) => {
            if !text.is_empty() {
                init.set_body(&JsValue::from_str(text));
            }
        }
        StoreBody::OfRequest => {
            if let Some(body) = request.and_then(web_sys::Request::body) {
                init.set_body(&body);
            }
        }
    }
    let asked = js_fetch(&call.url, &init);
    let answer = match call.body {
        StoreBody::Text(_) => within(&asked, call.timeout_ms, "the store"),
        StoreBody::OfRequest => JsFuture::from(asked),
    };
    answer.await?.dyn_into()
}
