/// A request to sign.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) method: &'static str,
    /// `None` for the bucket itself.
    pub(super) key: Option<String>,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: Vec<(String, String)>,
    /// Headers that are sent unsigned.
    pub(super) unsigned: Vec<(String, String)>,
    pub(super) body: Option<Vec<u8>>,
}

impl Call {
    /// A request for a key.
    pub(super) fn new(method: &'static str, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..Self::on_bucket(method) }
    }

    /// A request for the bucket.
    pub(super) fn on_bucket(method: &'static str) -> Self {
        Self {
            method,
            key: None,
            query: Vec::new(),
            headers: Vec::new(),
            unsigned: Vec::new(),
            body: matches!(method, "PUT" | "POST").then(Vec::new),
        }
    }

    pub(super) fn get(key: &str) -> Self {
        Self::new("GET", key)
    }

    pub(super) fn head(key: &str) -> Self {
        Self::new("HEAD", key)
    }

    pub(super) fn put(key: &str, body: &[u8]) -> Self {
        Self::new("PUT", key).body(body)
    }

    pub(super) fn delete(key: &str) -> Self {
        Self::new("DELETE", key)
    }

    /// Adds a query parameter.
    pub(super) fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a header that is signed.
    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds headers that are signed.
    pub(super) fn headers(mut self, headers: &[(&str, &str)]) -> Self {
        for (name, value) in headers {
            self = self.header(name, value);
        }
        self
    }

    /// Adds a header that isn't signed.
    pub(super) fn unsigned(mut self, name: &str, value: &str) -> Self {
        self.unsigned.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn body(mut self, body: &[u8]) -> Self {
        self.body = Some(body.to_vec());
        self
    }

    /// The key of the object that an answer of 2xx leaves behind.
    pub(super) fn writes(&self) -> Option<&str> {
        let names = |name: &str| self.query.iter().any(|(present, _)| present == name);
        let writes_object = match self.method {
            "PUT" => !names("uploadId") && !names("tagging"),
            "POST" => names("uploadId"),
            _ => false,
        };
        self.key.as_deref().filter(|_| writes_object)
    }
}
