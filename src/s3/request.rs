use super::{Checksum, InvalidParameter, ObjectKey, Operation, Parameter, ResponseOverride};
use crate::sigv4::Headers;

/// One operation on one object, with what it is bound to. Every parameter is checked when it is
/// added, so a finished request can be signed as it is. What is a header here is signed and has to be
/// sent; nothing that wasn't asked for is added.
#[derive(Clone, Debug)]
pub struct ObjectRequest {
    operation: Operation,
    key: ObjectKey,
    query: Vec<(String, String)>,
    headers: Headers,
    content_type: Option<String>,
    content_length: Option<u64>,
    create_only: bool,
}

impl ObjectRequest {
    /// Names and values of all parameters together, in bytes. S3 takes 8 KB of headers; a URL of this
    /// size passes through the servers and browsers in between.
    const MAX_PARAMETER_BYTES: usize = 8192;

    /// A request without parameters.
    pub const fn new(operation: Operation, key: ObjectKey) -> Self {
        Self {
            operation,
            key,
            query: Vec::new(),
            headers: Headers::new(),
            content_type: None,
            content_length: None,
            create_only: false,
        }
    }

    /// What it does.
    pub const fn operation(&self) -> Operation {
        self.operation
    }

    /// What it does it to.
    pub const fn key(&self) -> &ObjectKey {
        &self.key
    }

    /// The query parameters, besides those of the signature.
    pub fn query(&self) -> &[(String, String)] {
        &self.query
    }

    /// The headers that have to be sent.
    pub const fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The media type that an upload is bound to.
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// The size in bytes that an upload is bound to.
    pub const fn content_length(&self) -> Option<u64> {
        self.content_length
    }

    /// Whether an upload fails where the key is taken.
    pub const fn is_create_only(&self) -> bool {
        self.create_only
    }

    /// Selects a version.
    pub fn select_version(&mut self, version_id: &str) -> Result<(), InvalidParameter> {
        self.add_query(Parameter::VersionId, "versionId", version_id)
    }

    /// Sets a header of the store's answer.
    pub fn override_response(
        &mut self,
        which: ResponseOverride,
        value: &str,
    ) -> Result<(), InvalidParameter> {
        self.add_query(Parameter::ResponseOverride, which.query_name(), value)
    }

    /// Binds an upload's media type.
    pub fn bind_content_type(&mut self, media_type: &str) -> Result<(), InvalidParameter> {
        self.add_header(Parameter::ContentType, "content-type", media_type)?;
        self.content_type = Some(media_type.to_owned());
        Ok(())
    }

    /// Binds an upload's exact size, in bytes.
    pub fn bind_content_length(&mut self, bytes: u64) -> Result<(), InvalidParameter> {
        self.add_header(Parameter::ContentLength, "content-length", &bytes.to_string())?;
        self.content_length = Some(bytes);
        Ok(())
    }

    /// Binds an upload's body by its checksum, in base64.
    pub fn bind_checksum(&mut self, which: Checksum, value: &str) -> Result<(), InvalidParameter> {
        which.check(value)?;
        self.add_header(Parameter::Checksum, which.header(), value)
    }

    /// Makes an upload fail where the key is taken.
    pub fn make_create_only(&mut self) -> Result<(), InvalidParameter> {
        self.add_header(Parameter::CreateOnly, "if-none-match", "*")?;
        self.create_only = true;
        Ok(())
    }

    /// Binds another header.
    pub fn bind_header(&mut self, name: &str, value: &str) -> Result<(), InvalidParameter> {
        // A name or value that HTTP doesn't allow is said to be that, whether bindable or not.
        Headers::new().push(name, value).map_err(InvalidParameter::Http)?;
        let lower = name.to_ascii_lowercase();
        let parameter = Parameter::of_header(&lower).ok_or(InvalidParameter::NotBindable)?;
        self.add_header(parameter, &lower, value)
    }

    fn add_query(
        &mut self,
        parameter: Parameter,
        name: &str,
        value: &str,
    ) -> Result<(), InvalidParameter> {
        self.require(parameter, name, value)?;
        if value.chars().any(char::is_control) {
            return Err(InvalidParameter::Text);
        }
        self.query.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    fn add_header(
        &mut self,
        parameter: Parameter,
        name: &str,
        value: &str,
    ) -> Result<(), InvalidParameter> {
        self.require(parameter, name, value)?;
        if self.headers.contains(name) {
            return Err(InvalidParameter::Repeated);
        }
        self.headers.push(name, value).map_err(InvalidParameter::Http)?;
        // Fetch takes values as Latin-1 and S3 reads UTF-8: only what is the same in both.
        if value.is_ascii() { Ok(()) } else { Err(InvalidParameter::NotAscii) }
    }

    /// What holds for every parameter. An empty value is none: some clients drop an empty header.
    fn require(
        &self,
        parameter: Parameter,
        name: &str,
        value: &str,
    ) -> Result<(), InvalidParameter> {
        let query = self.query.iter().map(|(name, value)| name.len() + value.len());
        let headers = self.headers.iter().map(|(name, value)| name.len() + value.len());
        let present: usize = query.chain(headers).sum();
        if !self.operation.takes(parameter) {
            Err(InvalidParameter::NotOfOperation(self.operation, parameter))
        } else if value.is_empty() {
            Err(InvalidParameter::Text)
        } else if present + name.len() + value.len() > Self::MAX_PARAMETER_BYTES {
            Err(InvalidParameter::TooLong)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sigv4::InvalidInput;

    fn request(operation: Operation) -> ObjectRequest {
        ObjectRequest::new(operation, ObjectKey::new("a").unwrap())
    }

    #[test]
    fn what_is_bound_is_a_header_to_send_and_nothing_else_is() {
        let mut put = request(Operation::PutObject);
        put.bind_content_type("image/png").unwrap();
        put.bind_content_length(0).unwrap();
        put.bind_checksum(Checksum::Crc32c, "AAAAAA==").unwrap();
        put.make_create_only().unwrap();
        put.bind_header("X-Amz-Meta-Owner", "me").unwrap();
        let headers: Vec<_> = put.headers().iter().collect();
        assert_eq!(
            headers,
            [
                ("content-type", "image/png"),
                ("content-length", "0"),
                ("x-amz-checksum-crc32c", "AAAAAA=="),
                ("if-none-match", "*"),
                ("x-amz-meta-owner", "me"),
            ]
        );
        assert!(put.query().is_empty());
    }

    #[test]
    fn headers_that_change_what_a_request_does_are_refused() {
        for name in ["x-amz-copy-source", "x-amz-acl", "content-type", "authorization", "cookie"] {
            let refused = request(Operation::PutObject).bind_header(name, "x");
            assert_eq!(refused, Err(InvalidParameter::NotBindable), "{name}");
        }
        for (name, value, why) in [
            ("a b", "x", InvalidInput::HeaderName),
            ("host", "x", InvalidInput::HeaderName),
            ("expires", "a\r\nb: c", InvalidInput::HeaderValue),
        ] {
            let refused = request(Operation::PutObject).bind_header(name, value);
            assert_eq!(refused, Err(InvalidParameter::Http(why)), "{name}");
        }
    }

    #[test]
    fn a_parameter_belongs_to_its_operations() {
        let refused =
            |operation, parameter| Err(InvalidParameter::NotOfOperation(operation, parameter));
        let (get, put) = (Operation::GetObject, Operation::PutObject);
        assert_eq!(request(get).bind_content_length(1), refused(get, Parameter::ContentLength));
        assert_eq!(request(put).select_version("1"), refused(put, Parameter::VersionId));
        assert_eq!(
            request(put).bind_header("range", "bytes=0-1"),
            refused(put, Parameter::ReadHeader)
        );
        assert!(request(get).bind_header("Range", "bytes=0-1").is_ok());
    }

    #[test]
    fn values_that_clients_and_stores_write_differently_are_refused() {
        let mut put = request(Operation::PutObject);
        let refused = put.bind_header("content-disposition", "attachment; filename=ü");
        assert_eq!(refused, Err(InvalidParameter::NotAscii));
        let mut put = request(Operation::PutObject);
        put.bind_header("expires", "0").unwrap();
        assert_eq!(put.bind_header("Expires", "1"), Err(InvalidParameter::Repeated));
        let mut put = request(Operation::PutObject);
        assert_eq!(put.bind_header("expires", ""), Err(InvalidParameter::Text));
        put.bind_header("x-amz-meta-a", &"a".repeat(8000)).unwrap();
        assert_eq!(
            put.bind_header("x-amz-meta-b", &"b".repeat(200)),
            Err(InvalidParameter::TooLong)
        );
        for value in ["", "AAAA", "AAAAAA", "not base64", "AAAAAAAA"] {
            let refused = request(Operation::PutObject).bind_checksum(Checksum::Crc32, value);
            assert_eq!(refused, Err(InvalidParameter::Checksum), "{value}");
        }
    }
}
