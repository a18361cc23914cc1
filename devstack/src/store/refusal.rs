//! What AWS says in a refusal and `s3s` leaves out.

use edge_signer::explain::SignedUrl;
use edge_signer::xml;
use http_body_util::BodyExt;
use hyper::header::{self, HeaderValue};
use hyper::{Request, Response, StatusCode};

/// The refusal of headers that nobody signed.
pub fn headers_not_signed(names: &[String]) -> Response<s3s::Body> {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>AccessDenied</Code>\
         <Message>There were headers present in the request which were not signed</Message>\
         <HeadersNotSigned>{}</HeadersNotSigned></Error>",
        xml::escape(&names.join(", "))
    );
    let mut response = Response::new(s3s::Body::from(text));
    *response.status_mut() = StatusCode::FORBIDDEN;
    let kind = HeaderValue::from_static("application/xml");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// The request as the store sees it.
pub fn seen<B>(request: &Request<B>) -> Option<SignedUrl> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers: Vec<(String, String)> =
        request.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let host = request.headers().get(header::HOST).map(text)?;
    let url = format!("http://{host}{}", request.uri());
    SignedUrl::read(request.method().as_str(), &url, &headers).ok()
}

/// Puts into a refusal of a signature what the store made of the request.
pub async fn tell_what_was_seen(
    response: Response<s3s::Body>,
    seen: Option<SignedUrl>,
) -> Response<s3s::Body> {
    let Some(seen) = seen else { return response };
    let (mut head, body) = response.into_parts();
    let bytes = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    if text.contains("<Code>SignatureDoesNotMatch</Code>") {
        let element = |name: &str, text: &str| format!("<{name}>{}</{name}>", xml::escape(text));
        let told = [
            element("AWSAccessKeyId", &seen.access_key_id),
            element("SignatureProvided", &seen.signature),
            element("StringToSign", &seen.string_to_sign),
            element("CanonicalRequest", &seen.canonical_request),
        ];
        text = text.replace("</Error>", &(told.concat() + "</Error>"));
        head.headers.remove(header::CONTENT_LENGTH);
    }
    Response::from_parts(head, s3s::Body::from(text))
}
