//! A store in a folder of its own, and a client of it.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use edge_signer::secret::Secret;
use edge_signer::sigv4::{
    AccessKeyId, Credentials, ExpiresIn, Headers, Method, Origin, PayloadHash, Region,
    RequestToSign, Service, Signer, SigningRegion, UriPath,
};
use edge_signer::time::Timestamp;
use edge_signer::xml;
use tempfile::TempDir;
use ureq::Agent;

use crate::store::{Keys, SMALLEST_PART, Store};

const BUCKET: &str = "bucket";
/// The key of AWS's documentation.
const ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

pub type Pairs<'a> = &'a [(&'a str, &'a str)];

pub struct Running {
    folder: TempDir,
    store: Store,
}

/// A request, to the bucket itself where the key is empty.
#[derive(Clone, Copy, Default)]
pub struct Ask<'a> {
    pub method: &'a str,
    pub key: &'a str,
    pub query: Pairs<'a>,
    pub signed: Pairs<'a>,
    pub unsigned: Pairs<'a>,
    pub body: &'a [u8],
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The text of the first element of a name.
    pub fn element(&self, name: &str) -> String {
        xml::text(&self.text(), name).unwrap_or_default()
    }

    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    pub fn is_refused(&self, status: u16, code: &str) {
        assert_eq!((self.status, &*self.element("Code")), (status, code), "{}", self.text());
    }
}

impl Running {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = start(folder.path());
        Self { folder, store }
    }

    /// The same folder after the store has ended.
    pub fn again(self) -> Self {
        let Self { folder, store } = self;
        drop(store);
        let store = start(folder.path());
        Self { folder, store }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Makes a request that is signed in its query.
    pub fn ask(&self, ask: Ask<'_>) -> Answer {
        let expires_in = ExpiresIn::from_seconds(300).unwrap();
        let url = self.sign(ask, PayloadHash::Unsigned, |signer, request| {
            signer.presign(request, expires_in)
        });
        send(&url, ask, &[])
    }

    /// Makes one that is signed in a header; `payload` stands for its body.
    pub fn ask_by_header(&self, ask: Ask<'_>, payload: &str) -> Answer {
        let signed = [ask.signed, &[("x-amz-content-sha256", payload)]].concat();
        let ask = Ask { signed: &signed, ..ask };
        let authorized =
            self.sign(ask, PayloadHash::Text(payload), |signer, request| signer.authorize(request));
        let added: Vec<(&str, &str)> =
            authorized.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        send(&authorized.url, ask, &added)
    }

    fn sign<T>(
        &self,
        ask: Ask<'_>,
        payload: PayloadHash<'_>,
        sign: impl FnOnce(&Signer<'_>, &RequestToSign<'_>) -> T,
    ) -> T {
        let secret = Secret::new(SECRET_ACCESS_KEY.to_owned());
        let credentials =
            Credentials::new(AccessKeyId::new(ACCESS_KEY_ID).unwrap(), secret, None).unwrap();
        let mut headers = Headers::default();
        for (name, value) in ask.signed {
            headers.push(name, value).unwrap();
        }
        let query: Vec<(String, String)> =
            ask.query.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let signer = Signer {
            credentials: &credentials,
            region: &SigningRegion::One(Region::new("us-east-1").unwrap()),
            service: &Service::s3(),
            time: Timestamp::from_unix_seconds(now),
        };
        let path = format!("/{BUCKET}/{}", ask.key);
        let request = RequestToSign {
            method: &Method::new(ask.method).unwrap(),
            origin: &Origin::parse_prefix(&self.store.url()).unwrap().0,
            path: &UriPath::s3(&path),
            query: &query,
            headers: &headers,
            payload,
        };
        sign(&signer, &request)
    }

    pub fn put(&self, key: &str, body: &str) -> Answer {
        self.ask(Ask { method: "PUT", key, body: body.as_bytes(), ..Ask::default() })
    }

    pub fn get(&self, key: &str) -> Answer {
        self.ask(Ask { method: "GET", key, ..Ask::default() })
    }

    pub fn list(&self, query: Pairs<'_>) -> Answer {
        let query = [query, &[("list-type", "2")]].concat();
        self.ask(Ask { method: "GET", query: &query, ..Ask::default() })
    }

    /// Begins an upload in parts: its id.
    pub fn begin(&self, key: &str, signed: Pairs<'_>) -> String {
        let ask = Ask { method: "POST", key, query: &[("uploads", "")], signed, ..Ask::default() };
        self.ask(ask).is(200).element("UploadId")
    }

    pub fn put_part(&self, key: &str, id: &str, number: u32, body: &[u8]) -> Answer {
        let number = number.to_string();
        let query = &[("partNumber", number.as_str()), ("uploadId", id)];
        self.ask(Ask { method: "PUT", key, query, body, ..Ask::default() })
    }

    /// Completes it with these elements of parts.
    pub fn complete(&self, key: &str, id: &str, parts: &str, signed: Pairs<'_>) -> Answer {
        let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
        let query = &[("uploadId", id)];
        let body = body.as_bytes();
        self.ask(Ask { method: "POST", key, query, signed, body, ..Ask::default() })
    }
}

fn send(url: &str, ask: Ask<'_>, added: Pairs<'_>) -> Answer {
    let config = Agent::config_builder().http_status_as_error(false).build();
    let mut request = ureq::http::Request::builder().method(ask.method).uri(url);
    for (name, value) in ask.signed.iter().chain(ask.unsigned).chain(added) {
        request = request.header(*name, *value);
    }
    let agent = Agent::from(config);
    let has_body = matches!(ask.method, "PUT" | "POST");
    let answer = if has_body {
        agent.run(request.body(ask.body).unwrap())
    } else {
        agent.run(request.body(()).unwrap())
    };
    let mut answer = answer.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Answer { status, headers, body: answer.body_mut().read_to_vec().unwrap() }
}

fn start(folder: &Path) -> Store {
    let keys = Keys {
        access_key_id: ACCESS_KEY_ID.to_owned(),
        secret_access_key: SECRET_ACCESS_KEY.to_owned(),
    };
    Store::start(folder, BUCKET, &keys, 0, SMALLEST_PART, None, None).unwrap()
}

/// The element of a part.
pub fn part(number: u32, etag: &str) -> String {
    format!("<Part><PartNumber>{number}</PartNumber><ETag>{}</ETag></Part>", xml::escape(etag))
}
