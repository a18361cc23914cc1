//! The fields of a request to sign, and the request that they make.

use std::rc::Rc;

use serde::ser::{Error as _, SerializeMap};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use super::parameters::Parameters;
use crate::api::signing::{Inside, SigningRequest};
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

/// One request to sign. `operation` decides which fields there may be: each says by which operations it is taken. A
/// field that is `null` counts as absent where the request has the field. Numbers are written without fraction and
/// exponent. A member of a nested object may instead stand at the top under its dotted name, such as
/// `response.content_type`; this schema lists the nested form only.
///
/// What the store's provider is not known to enforce is refused with `unsupported_by_store`: GetObjectTagging,
/// PutObjectTagging, GetObjectAttributes, CreateMultipartUpload and CompleteMultipartUpload, `version_id`,
/// `checksum`, `checksum_algorithm`, `checksum_type`, `create_only`, `acl`, `storage_class`, `sse`, `sse_customer`,
/// `tags`, `tagging_directive`, `copy_source.version_id`, conditions on the source of a copy, and `if-match` of what
/// writes or deletes.
///
/// `acl`, `storage_class`, `sse`, `sse_customer` and `tags` become headers that a rule has to name. The names and
/// values of all query parameters and headers, without those of the signature and the source of a copy, are at most
/// 8192 bytes together. `version_id` and `copy_source.version_id` need a rule that says `versions = true`.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct PresignRequest {
    pub(in crate::api) operation: Operation,
    #[serde(rename = "*")]
    pub(in crate::api) object: ObjectFields,
}

/// What a request is on and what it is bound to, whichever operation it is. The parameters of S3's are all of the
/// table in `s3`; the other fields stand here.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct ObjectFields {
    /// The name of a configured store. Without it the first configured store is used.
    pub(in crate::api) store: Option<String>,
    /// The object's key. Needed by every operation but ListObjectsV2, which doesn't take it.
    pub(in crate::api) key: Option<ObjectKey>,
    pub(in crate::api) prefix: Option<Prefix>,
    pub(in crate::api) expires_in: Option<ExpiresIn>,
    /// Whether to sign for a window of time: the same request at any moment of the window gives the same URL, so
    /// that a browser's cache knows it again. The window is as long as `expires_in`, and where twice that is more
    /// than the rule, the session and the store's credentials leave, the greatest power of two of seconds that fits
    /// into them twice. The URL lives for two windows from the beginning of the one that it is signed in, so
    /// `signed_at` may be past. `true` excludes `one_time_key`, and has no effect where the rule spends the session
    /// token.
    pub(in crate::api) cacheable: Option<bool>,
    pub(in crate::api) one_time_key: Option<OneTimeKey>,
    /// The file name under which a browser saves the object: it sets `response.content_disposition`, which then
    /// can't be given. Slashes, quotation marks and control characters become `_`. Taken by GetObject and
    /// HeadObject.
    pub(in crate::api) download_as: Option<String>,
    /// The key of the object that is copied, one of the same store, of the same form as `key`. Taken and needed by
    /// CopyObject and UploadPartCopy.
    #[serde(rename = "copy_source.key")]
    pub(in crate::api) copy_source_key: Option<ObjectKey>,
    /// The version of the object that is copied; only with `copy_source.key`.
    #[serde(rename = "copy_source.version_id")]
    pub(in crate::api) copy_source_version_id: Option<String>,
    /// The object's metadata: each member becomes a header `x-amz-meta-` and its name. Names have the characters of
    /// header names and are not case-sensitive; values are printable ASCII. Taken by PutObject,
    /// CreateMultipartUpload and CopyObject.
    #[serde(rename = "metadata.*", default)]
    pub(in crate::api) metadata: Texts,
    /// The object's tags: up to 10, names of 1 to 128 and values of up to 256 characters. Taken by PutObject,
    /// CreateMultipartUpload and CopyObject.
    #[serde(rename = "tags.*", default)]
    pub(in crate::api) tags: Texts,
    /// Further headers that the client of the URL has to send, by name. PutObject, CreateMultipartUpload and
    /// CopyObject take `cache-control`, `content-disposition`, `content-encoding`, `content-language`, `expires`
    /// and every name that begins with `x-amz-meta-`. GetObject and HeadObject take `range`, `if-match`,
    /// `if-none-match`, `if-modified-since` and `if-unmodified-since`. PutObject, DeleteObject, CopyObject and
    /// CompleteMultipartUpload take `if-match`, which a copy asks of its target. PutObject, UploadPart and PutObjectTagging take `content-md5`.
    /// Names are not case-sensitive and each may stand once; values are printable ASCII.
    #[serde(rename = "headers.*", default)]
    pub(in crate::api) headers: Texts,
    #[serde(rename = "*")]
    pub(in crate::api) parameters: Parameters,
    /// The upload in an inbox that it is a step of, where `key` and `upload_id` are those of the inbox.
    #[serde(skip)]
    pub(in crate::api) inside: Option<Rc<Inside>>,
}

impl PresignRequest {
    /// The request that the fields make.
    pub(in crate::api) fn into_signing_request(
        self,
        config: &Config,
    ) -> Result<SigningRequest<'_>, Error> {
        self.object.into_signing_request(self.operation, config)
    }

    /// The form that a link keeps: an object that is read again like any other request.
    pub(in crate::api) fn seal(&self) -> Result<Box<RawValue>, Error> {
        serde_json::value::to_raw_value(self)
            .map_err(|error| Error::MalformedBody(error.to_string()))
    }
}

impl ObjectFields {
    /// The request that an operation makes of the fields.
    pub(in crate::api) fn into_signing_request(
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
        let inside = self.inside;
        Ok(SigningRequest { store, request, expires_in, cacheable, one_time_key, inside })
    }
}

impl ObjectFields {
    /// Only the fields that name a multipart upload, without those that bind a step.
    pub(in crate::api) fn of_upload(&self) -> Self {
        let parameters = self.parameters.only("upload_id");
        let (store, key, inside) = (self.store.clone(), self.key.clone(), self.inside.clone());
        Self { store, key, parameters, inside, ..Self::default() }
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

/// What a link keeps: every field that isn't decided when it is made. Each member has its dotted name, so that the code
/// of any version reads it.
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
            inside: _,
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

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::api::wire::read::from_json;

    /// Before this struct existed, a link kept its request under the same names.
    #[test]
    fn what_a_link_keeps_is_written_as_it_was_by_0_1_0() {
        for kept in [
            r#"{"operation":"GetObject","store":"photos","key":"a","response.expires":"0","part_number":2}"#,
            r#"{"operation":"GetObject","store":"photos","key":"a","download_as":"","headers.range":"bytes=0-1"}"#,
            r#"{"operation":"PutObject","store":"photos","key":"a","create_only":true,"content_length":0,
                "checksum.crc32":"AAAAAA==","metadata.owner":"me","tags.a":"","tags.b":"c",
                "sse.bucket_key":false,"sse.algorithm":"aws:kms","acl":"private"}"#,
        ] {
            let request: PresignRequest = from_json(kept.as_bytes()).unwrap();
            let sealed: Value = serde_json::from_str(request.seal().unwrap().get()).unwrap();
            assert_eq!(sealed, serde_json::from_str::<Value>(kept).unwrap());
        }
        // Fields that are decided when a link is made aren't kept, and fields that links don't take are refused.
        let all = br#"{"operation":"GetObject","key":"a","expires_in":5,"one_time_key":"k","cacheable":false}"#;
        let request: PresignRequest = from_json(all).unwrap();
        assert_eq!(request.seal().unwrap().get(), r#"{"operation":"GetObject","key":"a"}"#);
        let copy = br#"{"operation":"CopyObject","key":"a","copy_source":{"key":"b"}}"#;
        assert!(from_json::<PresignRequest>(copy).unwrap().seal().is_err());
    }
}
