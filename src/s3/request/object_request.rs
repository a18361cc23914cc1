use super::bindable_headers::{
    operations_of_copy_source, operations_of_header, operations_of_maps,
};
use super::{CopySource, ObjectKey, PARAMETERS, Parameter, ParameterLocation, Target};
use crate::encoding::{Slash, percent_encode, percent_encode_into};
use crate::s3::store::spelling;
use crate::s3::{Feature, Features};
use crate::s3::{InvalidParameter, Operation};
use crate::sigv4::{Headers, InvalidInput};

/// One operation with its parameters. Every parameter was checked when it was added, and all required ones are there,
/// so the request can be signed as it is. Every header here is signed and has to be sent. Nothing is added that wasn't
/// asked for.
#[derive(Clone, Debug)]
pub struct ObjectRequest {
    operation: Operation,
    target: Target,
    query: Vec<(String, String)>,
    headers: Headers,
    content_type: Option<String>,
    content_length: Option<u64>,
    copy_source: Option<CopySource>,
    needs: Features,
}

impl ObjectRequest {
    /// The operation.
    pub const fn operation(&self) -> Operation {
        self.operation
    }

    /// The target.
    pub const fn target(&self) -> &Target {
        &self.target
    }

    /// The key, or the prefix.
    pub fn key(&self) -> &str {
        self.target.as_str()
    }

    /// The query parameters, besides those of the signature.
    pub fn query(&self) -> &[(String, String)] {
        &self.query
    }

    /// The headers that have to be sent, besides the source of a copy.
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

    /// The source of a copy.
    pub const fn copy_source(&self) -> Option<&CopySource> {
        self.copy_source.as_ref()
    }

    /// The features that the store must have to enforce the request.
    pub const fn needs(&self) -> Features {
        self.needs
    }

    /// The same request for another object.
    #[must_use]
    pub fn moved_to(&self, key: ObjectKey) -> Self {
        Self { target: Target::Object(key), ..self.clone() }
    }

    /// All headers that have to be sent if the object is in `bucket`.
    pub(in crate::s3) fn headers_for(&self, bucket: &str) -> Headers {
        let mut headers = self.headers.clone();
        if let Some(CopySource { key, version_id }) = &self.copy_source {
            let is_access_point = bucket.starts_with("arn:");
            let before_key = if is_access_point { "object/" } else { "" };
            let mut source = if is_access_point { String::new() } else { "/".to_owned() };
            percent_encode_into(&mut source, bucket, Slash::Keep);
            source.push('/');
            source.push_str(before_key);
            percent_encode_into(&mut source, key.as_str(), Slash::Keep);
            if let Some(version_id) = version_id {
                source.push_str("?versionId=");
                percent_encode_into(&mut source, version_id, Slash::Encode);
            }
            headers.push_own("x-amz-copy-source", source);
        }
        headers
    }
}

/// Builds an [`ObjectRequest`].
#[derive(Clone, Debug)]
pub struct ObjectRequestBuilder(ObjectRequest);

impl ObjectRequestBuilder {
    /// Names and values of all parameters together, in bytes. S3 takes 8 KB of headers; a URL of this
    /// size passes through the servers and browsers in between.
    const MAX_PARAMETER_BYTES: usize = 8192;

    /// A request without parameters.
    pub fn new(operation: Operation, target: Target) -> Self {
        let mut query: Vec<(String, String)> = Vec::new();
        if let Some((name, value)) = operation.marker() {
            query.push((name.to_owned(), value.to_owned()));
        }
        if let Target::Prefix(prefix) = &target {
            query.push(("prefix".to_owned(), prefix.clone()));
        }
        Self(ObjectRequest {
            operation,
            target,
            query,
            headers: Headers::new(),
            content_type: None,
            content_length: None,
            copy_source: None,
            needs: Features::NONE,
        })
    }

    /// Sets a parameter to its field's value.
    pub fn set(&mut self, parameter: &Parameter, value: &str) -> Result<(), InvalidParameter> {
        self.require(parameter.operations)?;
        let Some(written) = parameter.write(value)? else { return Ok(()) };
        match parameter.location {
            ParameterLocation::Query(name) => self.add_query(name, written)?,
            ParameterLocation::Header(name) => self.add_header(name, written)?,
        }
        match parameter.location {
            ParameterLocation::Header("content-type") => {
                self.0.content_type = Some(written.to_owned());
            }
            ParameterLocation::Header("content-length") => {
                self.0.content_length = written.parse().ok();
            }
            _ => {}
        }
        self.0.needs.extend(parameter.feature_of(self.0.operation, written));
        Ok(())
    }

    /// Binds another header.
    pub fn bind_header(&mut self, name: &str, value: &str) -> Result<(), InvalidParameter> {
        // A name or value that HTTP doesn't allow has its own error, whether bindable or not.
        Headers::new().push(name, value).map_err(InvalidParameter::Http)?;
        let lower = name.to_ascii_lowercase();
        self.require(operations_of_header(&lower)?)?;
        match lower.as_str() {
            "if-match" if self.0.operation.writes() => {
                self.0.needs.insert(Feature::ConditionalWrite);
            }
            "content-md5" => self.0.needs.insert(Feature::ContentMd5),
            _ => {}
        }
        self.add_header(&lower, value)
    }

    /// Binds a value of the object's metadata.
    pub fn bind_metadata(&mut self, name: &str, value: &str) -> Result<(), InvalidParameter> {
        if name.is_empty() {
            return Err(InvalidParameter::Http(InvalidInput::HeaderName));
        }
        self.bind_header(&format!("x-amz-meta-{name}"), value)
    }

    /// Binds the object's tags.
    pub fn bind_tags(&mut self, tags: &[(String, String)]) -> Result<(), InvalidParameter> {
        self.require(operations_of_maps())?;
        let fits = |(name, value): &(String, String)| {
            (1..=128).contains(&name.chars().count()) && value.chars().count() <= 256
        };
        if tags.is_empty() || tags.len() > 10 || !tags.iter().all(fits) {
            return Err(InvalidParameter::Tags);
        }
        let pairs = tags.iter().map(|(name, value)| {
            let encode = |text| percent_encode(text, Slash::Encode);
            format!("{}={}", encode(name), encode(value))
        });
        self.add_header("x-amz-tagging", &pairs.collect::<Vec<_>>().join("&"))?;
        self.0.needs.insert(Feature::TaggingOnUpload);
        Ok(())
    }

    /// Sets the source of a copy.
    pub fn copy_from(&mut self, source: CopySource) -> Result<(), InvalidParameter> {
        self.require(operations_of_copy_source())?;
        if source.version_id.as_deref().is_some_and(|id| !is_text(id)) {
            return Err(InvalidParameter::Text);
        }
        self.0.needs.extend(source.version_id.as_ref().map(|_| Feature::Versions));
        self.0.copy_source = Some(source);
        Ok(())
    }

    /// The request, if it has all that its operation requires; else the missing field.
    pub fn build(self) -> Result<ObjectRequest, (&'static str, InvalidParameter)> {
        let Self(mut request) = self;
        let operation = request.operation;
        let is_there = |parameter: &Parameter| match parameter.location {
            ParameterLocation::Query(name) => {
                request.query.iter().any(|(present, _)| present == name)
            }
            ParameterLocation::Header(name) => request.headers.contains(name),
        };
        let needs = |parameter: &&Parameter| parameter.required_by.contains(&operation);
        if let Some(missing) = PARAMETERS.iter().filter(needs).find(|p| !is_there(p)) {
            return Err((missing.field, InvalidParameter::Missing(operation)));
        }
        if operation.copies() && request.copy_source.is_none() {
            return Err(("copy_source.key", InvalidParameter::Missing(operation)));
        }
        let mut needs = request.needs;
        needs.extend(match operation {
            Operation::GetObjectTagging | Operation::PutObjectTagging => Some(Feature::Tagging),
            Operation::GetObjectAttributes => Some(Feature::ObjectAttributes),
            _ => None,
        });
        needs = needs.or(spelling::needs_of_key(request.key()));
        if let Some(source) = &request.copy_source {
            needs = needs.or(spelling::needs_of_key(source.key.as_str()));
        }
        request.needs = needs;
        Ok(request)
    }

    fn add_query(&mut self, name: &str, value: &str) -> Result<(), InvalidParameter> {
        self.require_room(name, value)?;
        if !is_text(value) {
            return Err(InvalidParameter::Text);
        }
        if self.0.query.iter().any(|(present, _)| present == name) {
            return Err(InvalidParameter::Repeated);
        }
        self.0.query.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    fn add_header(&mut self, name: &str, value: &str) -> Result<(), InvalidParameter> {
        self.require_room(name, value)?;
        if self.0.headers.contains(name) {
            return Err(InvalidParameter::Repeated);
        }
        // An empty value is none, and so are blanks: some clients drop such a header.
        if value.trim_matches([' ', '\t']).is_empty() {
            return Err(InvalidParameter::Text);
        }
        self.0.headers.push(name, value).map_err(InvalidParameter::Http)?;
        // Fetch takes values as Latin-1 and S3 reads UTF-8, so only ASCII means the same in both.
        if value.is_ascii() { Ok(()) } else { Err(InvalidParameter::NotAscii) }
    }

    fn require(&self, operations: &[Operation]) -> Result<(), InvalidParameter> {
        let operation = self.0.operation;
        let takes = operations.contains(&operation);
        takes.then_some(()).ok_or(InvalidParameter::NotOfOperation(operation))
    }

    fn require_room(&self, name: &str, value: &str) -> Result<(), InvalidParameter> {
        let query = self.0.query.iter().map(|(name, value)| name.len() + value.len());
        let headers = self.0.headers.iter().map(|(name, value)| name.len() + value.len());
        let present: usize = query.chain(headers).sum();
        let fits = present + name.len() + value.len() <= Self::MAX_PARAMETER_BYTES;
        fits.then_some(()).ok_or(InvalidParameter::TooLong)
    }
}

fn is_text(value: &str) -> bool {
    !value.is_empty() && !value.chars().any(char::is_control)
}

#[cfg(test)]
mod tests;
