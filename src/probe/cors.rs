//! What pages may do at the bucket: the answers of its current CORS rules, and rules that serve every browser.

use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::client::{Fault, Outgoing};
use super::lab::{BODY, Lab};

const ALLOW: &str = "access-control-allow-origin";
/// The `Origin` that a browser sends when a page of one origin follows a second origin's redirect to a third
/// (<https://fetch.spec.whatwg.org/#concept-request-tainted-origin>).
const OPAQUE: &str = "null";

/// The `Origin` that browsers send in the preflight and in the PUT after a link has redirected the upload of another
/// origin's page: seen in Chromium 156, Firefox 153 and `WebKitGTK` 2.50.
const ENGINES: [(&str, Says, Says); 3] = [
    ("Chromium", Says::Null, Says::Null),
    ("Firefox", Says::Page, Says::Null),
    ("WebKit", Says::Null, Says::Null),
];

/// The headers of an upload by a link beyond the simple ones.
const ASKED: &str = "content-type,if-none-match";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    Page,
    Null,
}

/// Rules for the bucket, as S3's `PutBucketCors` takes them. Pages of `origin` may do everything that presigned URLs
/// allow. Pages of any origin may read and write too: behind a link's redirect browsers send `Origin: null`, and only
/// `*` matches that in S3. They still need a signed URL, and no cookie is ever sent.
pub(super) fn rules(origin: &str) -> Value {
    let headers = ["content-type", "content-md5", "if-match", "if-none-match", "range", "x-amz-*"];
    let exposed = ["ETag", "Content-Range", "x-amz-version-id"];
    json!({ "CORSRules": [
        {
            "ID": "pages",
            "AllowedOrigins": [origin],
            "AllowedMethods": ["GET", "HEAD", "PUT", "POST", "DELETE"],
            "AllowedHeaders": headers,
            "ExposeHeaders": exposed,
            "MaxAgeSeconds": 3600,
        },
        {
            "ID": "behind a redirect",
            "AllowedOrigins": ["*"],
            "AllowedMethods": ["GET", "HEAD", "PUT"],
            "AllowedHeaders": headers,
            "ExposeHeaders": exposed,
            "MaxAgeSeconds": 3600,
        },
    ] })
}

/// The bucket's answers to a page of this origin, and to one behind a redirect.
pub(super) fn measure(lab: &mut Lab<'_>, origin: &str) -> Result<String, Fault> {
    let own = Asked::of(lab, origin)?;
    let behind = Asked::of(lab, OPAQUE)?;
    let missing = lab.send(&Call::get(&lab.key("none")).unsigned("origin", origin))?;
    let exposed = own.put.header("access-control-expose-headers");
    let exposed =
        exposed.map(|names| format!(", exposing {}", in_order(names))).unwrap_or_default();
    let works = |engine: &&(&str, Says, Says)| {
        let asked = |says| if says == Says::Page { (&own, origin) } else { (&behind, OPAQUE) };
        let ((first, at_first), (second, then)) = (asked(engine.1), asked(engine.2));
        let preflight = &first.preflight;
        preflight.is_ok()
            && lets(preflight, at_first)
            && ASKED.split(',').all(|name| lets_send(preflight, name))
            && lets(&second.put, then)
    };
    let names: Vec<&str> = ENGINES.iter().filter(works).map(|(name, ..)| *name).collect();
    let names = match names.as_slice() {
        [] => "no browser".to_owned(),
        all if all.len() == ENGINES.len() => "every browser".to_owned(),
        some => format!("{} alone", some.join(" and ")),
    };
    Ok(format!(
        "CORS for {origin}: a preflight of PUT is answered {} with {}; the PUT {} with {}{exposed}; an error \
         ({}) with {}. Behind a link's redirect (Origin: null): a preflight of PUT {} with {}; the PUT {} with {}; \
         so an upload by a link that redirects works in {names}.",
        own.preflight.brief(),
        says(&own.preflight),
        own.put.brief(),
        says(&own.put),
        missing.brief(),
        says(&missing),
        behind.preflight.brief(),
        says(&behind.preflight),
        behind.put.brief(),
        says(&behind.put),
    ))
}

/// The answers to a PUT with an `Origin`, and to its preflight.
struct Asked {
    preflight: Answer,
    put: Answer,
}

impl Asked {
    fn of(lab: &mut Lab<'_>, origin: &str) -> Result<Self, Fault> {
        let call = Call::put(&lab.key("plain"), BODY).unsigned("origin", origin);
        let put = lab.bucket.sign(&call, lab.now())?;
        let ask = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let preflight = lab.client.send(&Outgoing {
            method: "OPTIONS",
            url: put.url,
            headers: vec![
                ask("origin", origin),
                ask("access-control-request-method", "PUT"),
                ask("access-control-request-headers", ASKED),
            ],
            body: None,
        })?;
        Ok(Self { preflight, put: lab.send(&call)? })
    }
}

fn lets(answer: &Answer, origin: &str) -> bool {
    answer.header(ALLOW).is_some_and(|allowed| allowed == "*" || allowed == origin)
}

fn lets_send(preflight: &Answer, name: &str) -> bool {
    let names = preflight.header("access-control-allow-headers").unwrap_or_default();
    names.split(',').map(str::trim).any(|known| known == "*" || known.eq_ignore_ascii_case(name))
}

fn says(answer: &Answer) -> String {
    answer.header(ALLOW).map_or("no CORS headers".to_owned(), |value| format!("{ALLOW}: {value}"))
}

/// Names of headers in sorted order, because stores differ.
fn in_order(names: &str) -> String {
    let mut names: Vec<&str> = names.split(',').map(str::trim).collect();
    names.sort_unstable();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "https://app.example.com";

    /// S3's answer to a request of this origin, by the first rule that has origin, method and headers
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html>).
    fn allowed(rules: &Value, origin: &str, method: &str, headers: &[&str]) -> Option<String> {
        let texts = |rule: &Value, name: &str| -> Vec<String> {
            let list = rule[name].as_array().unwrap();
            list.iter().map(|text| text.as_str().unwrap().to_owned()).collect()
        };
        let holds = |patterns: &[String], text: &str| {
            patterns.iter().any(|pattern| match pattern.split_once('*') {
                Some((start, end)) => text.starts_with(start) && text.ends_with(end),
                None => pattern == text,
            })
        };
        let rule = rules["CORSRules"].as_array().unwrap().iter().find(|rule| {
            let names = texts(rule, "AllowedHeaders");
            holds(&texts(rule, "AllowedOrigins"), origin)
                && texts(rule, "AllowedMethods").iter().any(|m| m == method)
                && headers.iter().all(|header| holds(&names, header))
        })?;
        let any = texts(rule, "AllowedOrigins").iter().any(|origin| origin == "*");
        Some(if any { "*".to_owned() } else { origin.to_owned() })
    }

    #[test]
    fn the_rules_serve_every_browser_directly_and_behind_a_redirect() {
        let rules = rules(PAGE);
        let headers = ["content-type", "if-none-match", "x-amz-checksum-sha256"];
        for method in ["GET", "HEAD", "PUT", "POST", "DELETE"] {
            let said = allowed(&rules, PAGE, method, &headers);
            assert_eq!(said.as_deref(), Some(PAGE), "{method}");
        }
        for (engine, first, then) in ENGINES {
            let origin = |says| if says == Says::Page { PAGE } else { OPAQUE };
            for (step, says, headers) in
                [("preflight", first, &headers[..]), ("the PUT", then, &[][..])]
            {
                let said = allowed(&rules, origin(says), "PUT", headers);
                let fits = said.is_some_and(|said| said == "*" || said == origin(says));
                assert!(fits, "{engine}: {step}");
            }
        }
        // No other page may delete, and none may read headers that aren't exposed.
        assert_eq!(allowed(&rules, "https://other.example.com", "DELETE", &[]), None);
        assert_eq!(allowed(&rules, OPAQUE, "POST", &[]), None);
        // With the first rule alone, Firefox's preflight passes, and no PUT does.
        let mut narrow = rules;
        narrow["CORSRules"].as_array_mut().unwrap().truncate(1);
        assert!(allowed(&narrow, PAGE, "PUT", &headers).is_some());
        assert_eq!(allowed(&narrow, OPAQUE, "PUT", &[]), None);
    }

    #[test]
    fn names_of_headers_are_in_one_order() {
        assert_eq!(in_order("x-b,ETag , a"), "ETag, a, x-b");
    }
}
