//! Which headers a signature is about. AWS refuses a request that has an `x-amz-*` header which isn't signed;
//! `s3s` 0.14 would act on it, so that whoever holds a URL could make it mean more than was signed.

use edge_signer::encoding::parse_query;
use hyper::Request;
use hyper::header::AUTHORIZATION;

/// The `x-amz-*` headers that the request's signature leaves out, in order; none where there is no signature of
/// version 4, in the query or in a header.
pub fn unsigned<B>(request: &Request<B>) -> Vec<String> {
    let Some(signed) = signed(request) else { return Vec::new() };
    let names = request.headers().keys().map(|name| name.as_str());
    let mut unsigned: Vec<String> = names
        .filter(|name| name.starts_with("x-amz-") && !signed.split(';').any(|one| one == *name))
        .map(str::to_owned)
        .collect();
    unsigned.sort_unstable();
    unsigned
}

/// The names of the signed headers, as the request says them.
fn signed<B>(request: &Request<B>) -> Option<String> {
    let query = request.uri().query().unwrap_or_default();
    let Ok(pairs) = parse_query(query) else {
        // What can't be read signs nothing.
        return Some(String::new());
    };
    let named = |wanted: &str| {
        let mut values = pairs.iter().filter(|(name, _)| name == wanted);
        values.next().map(|(_, value)| value.clone())
    };
    if named("X-Amz-Signature").is_some() {
        return Some(named("X-Amz-SignedHeaders").unwrap_or_default());
    }
    let authorization = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let fields = authorization.strip_prefix("AWS4-")?.split([',', ' ']);
    let mut signed = fields.filter_map(|field| field.strip_prefix("SignedHeaders="));
    Some(signed.next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unsigned_of(query: &str, headers: &[(&str, &str)]) -> Vec<String> {
        let mut request = Request::put(format!("/bucket/key?{query}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        unsigned(&request.body(()).unwrap())
    }

    #[test]
    fn an_amz_header_that_isnt_signed_is_named() {
        let headers = [("x-amz-meta-b", "1"), ("X-Amz-Meta-A", "1"), ("cache-control", "a")];
        let of = |signed: &str| {
            let query = format!("X-Amz-SignedHeaders={signed}&X-Amz-Signature=0");
            unsigned_of(&query, &headers)
        };
        assert_eq!(of("host"), ["x-amz-meta-a", "x-amz-meta-b"]);
        assert_eq!(of("host%3Bx-amz-meta-a"), ["x-amz-meta-b"]);
        assert!(of("host%3Bx-amz-meta-a%3Bx-amz-meta-b").is_empty());
        assert_eq!(unsigned_of("X-Amz-Signature=0", &headers).len(), 2);
        assert_eq!(unsigned_of("X-Amz-Signature=0&a=%f", &headers).len(), 2);
    }

    #[test]
    fn an_authorization_header_names_them_as_well() {
        let of = |signed: &str| {
            let authorization = format!(
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders={signed}, Signature=0"
            );
            unsigned_of("", &[("authorization", &authorization), ("x-amz-meta-a", "1")])
        };
        assert_eq!(of("host"), ["x-amz-meta-a"]);
        assert!(of("host;x-amz-meta-a").is_empty());
    }

    #[test]
    fn a_request_without_a_signature_is_left_to_the_check_of_it() {
        assert!(unsigned_of("a=b", &[("x-amz-meta-a", "1")]).is_empty());
    }
}
