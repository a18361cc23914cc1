//! The requests of the load, as bytes.

use serde_json::{Value, json};

/// Writes requests of one session.
#[derive(Clone)]
pub struct Requests {
    session: String,
}

impl Requests {
    pub fn of(session: &str) -> Self {
        Self { session: session.to_owned() }
    }

    /// `GET /v1/presign` for a key of this number.
    pub fn get(&self, number: u64) -> Vec<u8> {
        let key = key(number).replace('/', "%2F");
        let path = format!("/v1/presign?operation=GetObject&key={key}");
        let Self { session } = self;
        format!(
            "GET {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {session}\r\naccept: */*\r\n\r\n"
        )
        .into_bytes()
    }

    /// `POST /v1/presign` for a key of this number.
    pub fn post(&self, number: u64) -> Vec<u8> {
        self.json("/v1/presign", &json!({ "operation": "GetObject", "key": key(number) }))
    }

    /// The same, for a one-time key that nobody had before.
    pub fn one_time(&self, number: u64) -> Vec<u8> {
        let once = format!("{}-{number}", std::process::id());
        let body = json!({ "operation": "GetObject", "key": key(number), "one_time_key": once });
        self.json("/v1/presign", &body)
    }

    /// `POST /v1/presign/batch` for `size` keys.
    pub fn batch(&self, size: u64, number: u64) -> Vec<u8> {
        let request =
            |index| json!({ "operation": "GetObject", "key": key(number * size + index) });
        let requests: Vec<Value> = (0..size).map(request).collect();
        self.json("/v1/presign/batch", &json!({ "requests": requests }))
    }

    fn json(&self, path: &str, body: &Value) -> Vec<u8> {
        let (session, body) = (&self.session, body.to_string());
        let length = body.len();
        format!(
            "POST {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {session}\r\naccept: */*\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .into_bytes()
    }
}

/// What an empty Worker is sent.
pub fn plain(number: u64) -> Vec<u8> {
    format!("GET /{} HTTP/1.1\r\nhost: bench\r\naccept: */*\r\n\r\n", key(number)).into_bytes()
}

/// One of the same length as those of the other parts.
fn key(number: u64) -> String {
    format!("users/alice/albums/2026/photo-{:05}.jpg", number % 100_000)
}
