use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, ReadableStreamDefaultReader};

use crate::api::{Body, BodyFault, Method, Request, RequestId};

/// Takes a request apart: what `api` reads of it, and its body, which is not read yet.
pub(super) fn read(request: web_sys::Request) -> (Request, RequestBody) {
    let header = |name: &str| request.headers().get(name).ok().flatten();
    let url = request.url();
    let (path, query) = path_and_query(&url);
    let head = Request {
        method: Method::parse(&request.method()),
        path: path.to_owned(),
        query: query.to_owned(),
        authorization: header("authorization"),
        cookie: header("cookie"),
        content_type: header("content-type"),
        origin: header("origin"),
    };
    (head, RequestBody(request))
}

/// Cloudflare's own name for the request where it has one.
pub(super) fn id(request: &web_sys::Request, random: impl Fn() -> String) -> RequestId {
    let ray = request.headers().get("cf-ray").ok().flatten();
    RequestId::new(&ray.unwrap_or_else(random))
}

/// The runtime gives a URL as the WHATWG parser writes it, so that the host ends at the first slash.
fn path_and_query(url: &str) -> (&str, &str) {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let target = after_scheme.find('/').map_or("/", |start| &after_scheme[start..]);
    let target = target.split('#').next().unwrap_or_default();
    target.split_once('?').unwrap_or((target, ""))
}

/// A body that streams in when it is read.
pub(super) struct RequestBody(web_sys::Request);

impl Body for RequestBody {
    async fn read(self, limit: usize) -> Result<Vec<u8>, BodyFault> {
        let announced = self.0.headers().get("content-length").ok().flatten();
        if announced.and_then(|text| text.parse::<usize>().ok()).is_some_and(|size| size > limit) {
            return Err(BodyFault::TooLarge);
        }
        let Some(stream) = self.0.body() else { return Ok(Vec::new()) };
        // A body without a length may be endless: it is read piece by piece and dropped at the limit.
        read_stream(&stream, limit).await
    }
}

/// Reads a stream to its end, unless it has more than `limit` bytes.
pub(super) async fn read_stream(
    stream: &ReadableStream,
    limit: usize,
) -> Result<Vec<u8>, BodyFault> {
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let mut bytes = Vec::new();
    loop {
        let piece = JsFuture::from(reader.read()).await.map_err(|_| BodyFault::Interrupted)?;
        let member = |name| Reflect::get(&piece, &JsValue::from_str(name));
        if member("done").is_ok_and(|done| done.is_truthy()) {
            return Ok(bytes);
        }
        let value = member("value").map_err(|_| BodyFault::Interrupted)?;
        let piece: Uint8Array = value.dyn_into().map_err(|_| BodyFault::Interrupted)?;
        let start = bytes.len();
        let length = piece.length() as usize;
        if length > limit - start {
            return Err(BodyFault::TooLarge);
        }
        bytes.resize(start + length, 0);
        piece.copy_to(&mut bytes[start..]);
    }
}
