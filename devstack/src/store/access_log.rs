//! The store's log of what it was asked, in the form of S3's server access log
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html>).

use std::fs::File;
use std::io::{self, Write};
use std::net::IpAddr;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use hyper::body::Body as _;
use hyper::header::{self, HeaderName};
use hyper::{Method, Request, Response};
use time::OffsetDateTime;

/// Whose bucket it is, and who asks: S3's name for whoever has the credentials.
const OWNER: &str = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";

/// A file that gets a line for each request, when its answer begins.
pub struct AccessLog {
    bucket: String,
    file: Mutex<File>,
    requests: AtomicU64,
}

/// What a line says of a request.
pub struct Asked {
    time: OffsetDateTime,
    method: Method,
    target: String,
    key: String,
    host: String,
    agent: String,
    referrer: String,
    size: Option<u64>,
    signed_in: &'static str,
}

impl AccessLog {
    pub fn open(path: &Path, bucket: &str) -> io::Result<Self> {
        let file = File::options().create(true).append(true).open(path)?;
        // A file that goes on from an earlier start has no name of a request twice.
        let first = OffsetDateTime::now_utc().unix_timestamp_nanos();
        let requests = AtomicU64::new(u64::try_from(first).unwrap_or_default());
        Ok(Self { bucket: bucket.to_owned(), file: Mutex::new(file), requests })
    }

    /// Writes the line of a request. That it can't be written keeps nobody from the answer.
    pub fn write(&self, asked: &Asked, asker: IpAddr, answer: &Response<s3s::Body>) {
        let Asked { time, method, target, key, host, agent, referrer, size, signed_in } = asked;
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let month = time.month().to_string();
        let moment = format!(
            "{:02}/{}/{}:{:02}:{:02}:{:02} +0000",
            time.day(),
            &month[..3],
            time.year(),
            time.hour(),
            time.minute(),
            time.second()
        );
        let sent = answer.body().size_hint().exact().filter(|_| *method != Method::HEAD);
        let sent = number_or_dash(sent.filter(|bytes| *bytes > 0));
        let size = number_or_dash(*size);
        let milliseconds = (OffsetDateTime::now_utc() - *time).whole_milliseconds();
        let line = format!(
            "{OWNER} {} [{moment}] {asker} {OWNER} {number:016X} REST.{method}.OBJECT {key} \
             \"{method} {target} HTTP/1.1\" {} - {sent} {size} {milliseconds} - \"{referrer}\" \"{agent}\" - \
             s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 - \
             {signed_in} {host} - - - -\n",
            self.bucket,
            answer.status().as_u16()
        );
        if let Ok(mut file) = self.file.lock() {
            let _ = file.write_all(line.as_bytes());
        }
    }
}

impl Asked {
    pub fn of<B>(request: &Request<B>) -> Self {
        let text = |name: HeaderName| {
            let value = request.headers().get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or("-").replace('"', "%22")
        };
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        let path = request.uri().path().trim_start_matches('/');
        let key = path.split_once('/').map_or("", |(_, key)| key);
        Self {
            time: OffsetDateTime::now_utc(),
            method: request.method().clone(),
            target: target.to_owned(),
            key: if key.is_empty() { "-".to_owned() } else { key.replace('%', "%25") },
            host: text(header::HOST),
            agent: text(header::USER_AGENT),
            referrer: text(header::REFERER),
            size: text(header::CONTENT_LENGTH).parse().ok(),
            signed_in: signed_in(request),
        }
    }
}

/// Where the signature stands, by S3's names.
fn signed_in<B>(request: &Request<B>) -> &'static str {
    let query = request.uri().query().unwrap_or_default();
    if request.headers().contains_key(header::AUTHORIZATION) {
        "AuthHeader"
    } else if query.contains("X-Amz-Signature=") {
        "QueryString"
    } else {
        "-"
    }
}

fn number_or_dash(number: Option<u64>) -> String {
    number.map_or_else(|| "-".to_owned(), |number| number.to_string())
}
