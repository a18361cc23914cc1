//! What a request to sign says, and the request that it makes.

use serde::ser::{Error as _, SerializeMap};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use super::parameters::Parameters;
use crate::api::signing::SigningRequest;
use crate::api::wire::error::{Error, invalid};
use crate::api::wire::values::{Prefix, Texts};
use crate::config::Config;
use crate::encoding::shorten;
use crate::ledger::OneTimeKey;
use crate::s3::{
    CopySource, InvalidParameter, ObjectKey, ObjectRequest, ObjectRequestBuilder, Operation,
    Parameter, Target, attachment,
};
use crate::sigv4::ExpiresIn;

/// One request to sign.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::api) struct PresignRequest {
    pub(in crate::api) operation: Operation,
    #[serde(rename = "*")]
    pub(in crate::api) object: ObjectFields,
}

/// What a request is on and what it is bound to, whichever operation it is. The parameters of S3's are all of the
/// table in `s3`; the other fields stand here.
#[derive(Clone, Debug, Default, Deserialize)]
pub(in crate::api) struct ObjectFields {
    pub(in crate::api) store: Option<String>,
    pub(in crate::api) key: Option<ObjectKey>,
    pub(in crate::api) prefix: Option<Prefix>,
    pub(in crate::api) expires_in: Option<ExpiresIn>,
    pub(in crate::api) cacheable: Option<bool>,
    pub(in crate::api) one_time_key: Option<OneTimeKey>,
    pub(in crate::api) download_as: Option<String>,
    #[serde(rename = "copy_source.key")]
    pub(in crate::api) copy_source_key: Option<ObjectKey>,
    #[serde(rename = "copy_source.version_id")]
    pub(in crate::api) copy_source_version_id: Option<String>,
    #[serde(rename = "metadata.*", default)]
    pub(in crate::api) metadata: Texts,
    #[serde(rename = "tags.*", default)]
    pub(in crate::api) tags: Texts,
    #[serde(rename = "headers.*", default)]
    pub(in crate::api) headers: Texts,
    #[serde(rename = "*")]
    pub(in crate::api) parameters: Parameters,
}

impl PresignRequest {
    /// The request that it makes.
    pub(in crate::api) fn to_sign(self, config: &Config) -> Result<SigningRequest<'_>, Error> {
        self.object.to_sign(self.operation, config)
    }

    /// As a link keeps it: an object that is read again as any other request is.
    pub(in crate::api) fn seal(&self) -> Result<Box<RawValue>, Error> {
        serde_json::value::to_raw_value(self)
            .map_err(|error| Error::MalformedBody(error.to_string()))
    }
}

impl ObjectFields {
    /// The request that an operation makes of it.
    pub(in crate::api) fn to_sign(
        self,
        operation: Operation,
        config: &Config,
    ) -> Result<SigningRequest<'_>, Error> {
        let store = config.store(self.store.as_deref())?;
        let not_taken = |field| Err(invalid(field, InvalidParameter::NotOfOperation(operation)));
        let target = match (self.key, self.prefix, operation.is_on_prefix()) {
            (None, prefix, true) => Target::Prefix(prefix.map(|Prefix(p)| p).unwrap_or_default()),
            (Some(key), None, false) => Target::Object(key),
            (None, _, false) => return Err(Error::MissingField("key")),
            (Some(_), _, true) => return not_taken("key"),
            (Some(_), Some(_), false) => return not_taken("prefix"),
        };
        let (cacheable, one_time_key) = (self.cacheable == Some(true), self.one_time_key);
        if cacheable && one_time_key.is_some() {
            let why = "a URL that costs a one-time key can't be asked for again";
            return Err(invalid("cacheable", why));
        }
        let mut builder = ObjectRequestBuilder::new(operation, target);
        self.parameters.apply(&mut builder)?;
        if let Some(file_name) = self.download_as {
            download_as(&file_name, &mut builder).map_err(|why| invalid("download_as", why))?;
        }
        match (self.copy_source_key, self.copy_source_version_id) {
            (Some(key), version_id) => {
                let source = CopySource { key, version_id };
                builder.copy_from(source).map_err(|why| invalid("copy_source", why))?;
            }
            (None, Some(_)) => return Err(Error::MissingField("copy_source.key")),
            (None, None) => {}
        }
        for (name, value) in &self.metadata.0 {
            builder.bind_metadata(name, value).map_err(|why| header_error(name, why))?;
        }
        if !self.tags.0.is_empty() {
            builder.bind_tags(&self.tags.0).map_err(|why| invalid("tags", why))?;
        }
        for (name, value) in &self.headers.0 {
            builder.bind_header(name, value).map_err(|why| header_error(name, why))?;
        }
        let (request, expires_in) = (build(builder)?, self.expires_in);
        Ok(SigningRequest { store, request, expires_in, cacheable, one_time_key })
    }
}

impl ObjectFields {
    /// What names an upload in parts, without what its step is bound to.
    pub(in crate::api) fn of_upload(&self) -> Self {
        let parameters = self.parameters.only("upload_id");
        Self { store: self.store.clone(), key: self.key.clone(), parameters, ..Self::default() }
    }
}

/// Has the object saved as a file of this name.
pub(super) fn download_as(
    file_name: &str,
    builder: &mut ObjectRequestBuilder,
) -> Result<(), InvalidParameter> {
    let parameter = Parameter::of_field("response.content_disposition");
    parameter.map_or(Ok(()), |parameter| builder.set(parameter, &attachment(file_name)))
}

/// The finished request.
pub(in crate::api) fn build(builder: ObjectRequestBuilder) -> Result<ObjectRequest, Error> {
    builder.build().map_err(|(field, why)| match why {
        InvalidParameter::Missing(_) => Error::MissingField(field),
        _ => invalid(field, why),
    })
}

fn header_error(name: &str, why: InvalidParameter) -> Error {
    Error::InvalidHeader { name: shorten(name), why }
}

/// What a link keeps: all but what is decided when it is made. Each member goes by its dotted name, so that the
/// code of any version reads it.
impl Serialize for PresignRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Every field is named, so that a new one isn't forgotten here.
        let ObjectFields {
            store,
            key,
            prefix,
            expires_in: _,
            cacheable: _,
            one_time_key: _,
            download_as,
            copy_source_key,
            copy_source_version_id,
            metadata,
            tags,
            headers,
            parameters,
        } = &self.object;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("operation", self.operation.as_str())?;
        for (name, text) in [
            ("store", store.as_deref()),
            ("key", key.as_ref().map(ObjectKey::as_str)),
            ("download_as", download_as.as_deref()),
        ] {
            if let Some(text) = text {
                map.serialize_entry(name, text)?;
            }
        }
        if prefix.is_some() || copy_source_key.is_some() || copy_source_version_id.is_some() {
            return Err(S::Error::custom("no link lists or copies"));
        }
        for (name, texts) in [("metadata", metadata), ("tags", tags), ("headers", headers)] {
            for (inner, text) in &texts.0 {
                map.serialize_entry(&format!("{name}.{inner}"), text)?;
            }
        }
        parameters.write(&mut map)?;
        map.end()
    }
}
