//! What S3 says of an upload in parts and `s3s-fs` leaves out: the parts' ETags, which whoever goes on with an
//! upload that was broken off needs, and where the object is once it is complete.

use std::path::{Path, PathBuf};

use edge_signer::encoding::hex;
use edge_signer::xml;
use http_body_util::BodyExt;
use hyper::header::{CONTENT_LENGTH, HOST};
use hyper::{Method, Request, Response, StatusCode};
use md5::{Digest, Md5};

/// What an answer is to say.
pub(super) enum Missing {
    /// The ETags of parts, which are in the files whose names begin like this.
    ETags(PathBuf),
    /// Where the object is.
    Location(String),
}

/// What the answer to a request would lack.
pub(super) fn missing<B>(request: &Request<B>, folder: &Path) -> Option<Missing> {
    let query = request.uri().query().unwrap_or_default();
    let named =
        |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let id = named("uploadId")?;
    // The store's own ids are UUIDs; nothing else is a file's name here.
    let is_id = id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    match *request.method() {
        Method::GET if is_id => Some(Missing::ETags(folder.join(format!(".upload_id-{id}.part-")))),
        Method::POST => {
            let host = request.headers().get(HOST)?.to_str().ok()?;
            Some(Missing::Location(format!("http://{host}{}", request.uri().path())))
        }
        _ => None,
    }
}

/// Says it.
pub(super) async fn tell(
    response: Response<s3s::Body>,
    missing: Option<Missing>,
) -> Response<s3s::Body> {
    let Some(missing) = missing.filter(|_| response.status() == StatusCode::OK) else {
        return response;
    };
    let (mut head, body) = response.into_parts();
    let bytes = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let told = match missing {
        Missing::ETags(parts) => with_etags(&text, &parts),
        Missing::Location(url) => with_location(&text, &url),
    };
    head.headers.remove(CONTENT_LENGTH);
    Response::from_parts(head, s3s::Body::from(told))
}

/// A list of parts with their ETags, in the order of their numbers.
fn with_etags(list: &str, files: &Path) -> String {
    const END: &str = "</Part>";
    let Some((first, parts)) = list.split_once("<Part>") else { return list.to_owned() };
    let (parts, last) = parts.rsplit_once(END).unwrap_or((parts, ""));
    let number = |part: &str| xml::text(part, "PartNumber").and_then(|number| number.parse().ok());
    let mut parts: Vec<(Option<u32>, &str)> =
        parts.split("</Part><Part>").map(|part| (number(part), part)).collect();
    parts.sort_unstable();
    let told = parts.into_iter().map(|(number, part)| {
        let etag = number.and_then(|number| etag_of(files, number));
        let etag = etag.map(|etag| format!("<ETag>&quot;{etag}&quot;</ETag>"));
        format!("<Part>{}{part}{END}", etag.unwrap_or_default())
    });
    std::iter::once(first.to_owned()).chain(told).chain([last.to_owned()]).collect()
}

/// A part's ETag is its MD5, as S3 has it for what isn't encrypted.
fn etag_of(files: &Path, number: u32) -> Option<String> {
    let file = format!("{}{number}", files.display());
    Some(hex(&Md5::digest(std::fs::read(file).ok()?)))
}

fn with_location(completed: &str, url: &str) -> String {
    const END: &str = "</CompleteMultipartUploadResult>";
    let location = format!("<Location>{}</Location>{END}", xml::escape(url));
    completed.replace(END, &location)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_listed_in_order_with_their_etags() {
        let folder = tempfile::tempdir().unwrap();
        let files = folder.path().join("part-");
        std::fs::write(folder.path().join("part-2"), "").unwrap();
        let part = |number: u32, etag: &str| {
            format!("<Part>{etag}<PartNumber>{number}</PartNumber><Size>0</Size></Part>")
        };
        let list = |parts: [String; 3]| format!("<L><K>a</K>{}</L>", parts.concat());

        let told = with_etags(&list([part(10, ""), part(2, ""), part(1, "")]), &files);

        // The MD5 of nothing; there is no file for the others.
        let etag = "<ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag>";
        assert_eq!(told, list([part(1, ""), part(2, etag), part(10, "")]));
        assert_eq!(with_etags("<L></L>", &files), "<L></L>");
    }

    #[test]
    fn a_completed_upload_says_where_the_object_is() {
        let answer =
            "<CompleteMultipartUploadResult><Key>a&amp;b</Key></CompleteMultipartUploadResult>";
        let told = with_location(answer, "http://localhost/a&b");
        let location = "<Location>http://localhost/a&amp;b</Location>";
        assert!(told.contains(location), "{told}");
        assert_eq!(with_location("<Error></Error>", "x"), "<Error></Error>");
    }
}
