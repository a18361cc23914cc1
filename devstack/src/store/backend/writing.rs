//! PutObject and CopyObject.

use s3s::dto::{
    CopyObjectInput, CopyObjectOutput, CopyObjectResult, ETagCondition, MetadataDirective,
    PutObjectInput, PutObjectOutput, StorageClass, TaggingDirective,
};
use s3s::{S3Error, S3Request, S3Result, s3_error};

use super::conditions::conditions_of_source;
use super::copy_source;
use super::digests::Promised;
use super::files::receive;
use super::index::{Expected, Index, NewObject};
use super::record::{Attributes, Blob, Object, attributes_of, checksums_of, now, set_checksums};

/// Bytes of UTF-8 that a key may have.
const LONGEST_KEY: usize = 1024;

pub async fn put(index: &Index, request: S3Request<PutObjectInput>) -> S3Result<PutObjectOutput> {
    let S3Request { input, headers, trailing_headers, .. } = request;
    check_key(&input.key)?;
    check_storage_class(input.storage_class.as_ref())?;
    let promised = Promised::new(input.content_md5.clone(), checksums_of!(input), &headers);
    promised.check_algorithm(input.checksum_algorithm.as_ref())?;
    let attributes = attributes_of!(input);
    let expected = Expected { if_match: input.if_match, if_none_match: input.if_none_match };
    let body = input.body.ok_or_else(|| s3_error!(IncompleteBody))?;

    let file = index.folder.new_file().map_err(S3Error::internal_error)?;
    let blob = receive(&file, body, promised, trailing_headers).await?;
    let etag = blob.md5.clone();
    let new = NewObject { key: input.key, file, blob, etag, attributes, parts: Vec::new() };
    let object = index.put(new, &expected)?;
    let mut output = PutObjectOutput { e_tag: Some(object.etag()), ..Default::default() };
    set_checksums!(output, object.blob.checksums);
    Ok(output)
}

/// `only_new` is `If-None-Match: *`, which `s3s` 0.14 doesn't know of a copy.
pub fn copy(
    index: &Index,
    bucket: &str,
    input: CopyObjectInput,
    only_new: bool,
) -> S3Result<CopyObjectOutput> {
    check_key(&input.key)?;
    check_storage_class(input.storage_class.as_ref())?;
    let take = |source: &Object| -> S3Result<_> {
        conditions_of_source!(input).check_copy(source)?;
        let file = index.folder.link(&source.blob).map_err(S3Error::internal_error)?;
        Ok((file, source.clone()))
    };
    let (file, source) = index.with_object(copy_source(bucket, &input.copy_source)?, take)?;
    let directive = input.metadata_directive.as_ref().map(MetadataDirective::as_str);
    let own = attributes_of!(input);
    let tagging = input.tagging_directive.as_ref().map(TaggingDirective::as_str);
    let tags = match tagging {
        Some(TaggingDirective::REPLACE) => own.tags.clone(),
        _ => source.attributes.tags.clone(),
    };
    let kept = match directive {
        Some(MetadataDirective::REPLACE) => own,
        _ => source.attributes,
    };
    let attributes = Attributes { tags, ..kept };
    let blob = Blob { id: file.id.clone(), modified: now(), ..source.blob };
    let (etag, parts) = (source.etag, source.parts);
    let new = NewObject { key: input.key, file, blob, etag, attributes, parts };
    let if_none_match = only_new.then_some(ETagCondition::Any);
    let object = index.put(new, &Expected { if_none_match, ..Expected::default() })?;
    let mut result = CopyObjectResult {
        e_tag: Some(object.etag()),
        last_modified: Some(object.last_modified()),
        ..Default::default()
    };
    set_checksums!(result, object.blob.checksums);
    Ok(CopyObjectOutput { copy_object_result: Some(result), ..Default::default() })
}

/// A form's key and that of a copy come by other ways than a path.
pub fn check_key(key: &str) -> S3Result<()> {
    match key.len() {
        0 => Err(s3_error!(InvalidArgument, "User key must have a length greater than 0.")),
        1..=LONGEST_KEY => Ok(()),
        _ => Err(s3_error!(KeyTooLongError, "Your key is too long")),
    }
}

pub fn check_storage_class(class: Option<&StorageClass>) -> S3Result<()> {
    match class.map(StorageClass::as_str) {
        None | Some(StorageClass::STANDARD | StorageClass::REDUCED_REDUNDANCY) => Ok(()),
        Some(_) => Err(s3_error!(InvalidStorageClass)),
    }
}
