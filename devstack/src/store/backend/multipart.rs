//! Uploads in parts, up to their completion.

use std::ops::Range;

use s3s::dto::{
    ChecksumAlgorithm, ChecksumType, CopyPartResult, CreateMultipartUploadInput,
    CreateMultipartUploadOutput, ETag, ListMultipartUploadsInput, ListMultipartUploadsOutput,
    ListPartsInput, ListPartsOutput, MultipartUpload, Part, UploadPartCopyInput,
    UploadPartCopyOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3Error, S3Request, S3Result, s3_error};

use super::conditions::conditions_of_source;
use super::copy_source;
use super::digests::{Digests, Promised};
use super::files::{concatenate, receive};
use super::folder::random_id;
use super::index::Index;
use super::record::{
    Object, Upload, attributes_of, checksums_of, length, now, set_checksums, time,
};
use super::writing::{check_key, check_storage_class};

/// What S3 lists at a time at the most.
const MOST: i32 = 1000;

pub fn create(
    index: &Index,
    input: CreateMultipartUploadInput,
) -> S3Result<CreateMultipartUploadOutput> {
    check_key(&input.key)?;
    check_storage_class(input.storage_class.as_ref())?;
    let algorithm =
        input.checksum_algorithm.as_ref().map(|algorithm| algorithm.as_str().to_owned());
    let is_full_object = match input.checksum_type.as_ref().map(ChecksumType::as_str) {
        None => algorithm.as_deref() == Some(ChecksumAlgorithm::CRC64NVME),
        Some(kind) => kind == ChecksumType::FULL_OBJECT,
    };
    let upload = Upload {
        id: random_id().map_err(S3Error::internal_error)?,
        key: input.key.clone(),
        attributes: attributes_of!(input),
        is_full_object,
        algorithm,
        begun: now(),
    };
    let output = CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(upload.id.clone()),
        checksum_type: upload.algorithm.is_some().then(|| checksum_type(&upload)),
        checksum_algorithm: input.checksum_algorithm,
        ..Default::default()
    };
    index.begin(upload)?;
    Ok(output)
}

pub fn checksum_type(upload: &Upload) -> ChecksumType {
    ChecksumType::from_static(match upload.is_full_object {
        true => ChecksumType::FULL_OBJECT,
        false => ChecksumType::COMPOSITE,
    })
}

fn check_number(number: i32) -> S3Result<()> {
    if (1..=10_000).contains(&number) {
        return Ok(());
    }
    Err(s3_error!(InvalidArgument, "Part number must be an integer between 1 and 10000, inclusive"))
}

pub async fn upload_part(
    index: &Index,
    request: S3Request<UploadPartInput>,
) -> S3Result<UploadPartOutput> {
    let S3Request { input, headers, trailing_headers, .. } = request;
    check_number(input.part_number)?;
    let upload = index.upload(&input.upload_id, &input.key)?.upload;
    let mut promised = Promised::new(input.content_md5.clone(), checksums_of!(input), &headers);
    promised.check_algorithm(input.checksum_algorithm.as_ref())?;
    promised.also(upload.algorithm.as_deref());
    let body = input.body.ok_or_else(|| s3_error!(IncompleteBody))?;
    let file = index.folder.new_file().map_err(S3Error::internal_error)?;
    let blob = receive(&file, body, promised, trailing_headers).await?;
    let mut output =
        UploadPartOutput { e_tag: Some(ETag::Strong(blob.md5.clone())), ..Default::default() };
    set_checksums!(output, blob.checksums);
    index.put_part(&input.upload_id, &input.key, input.part_number, file, blob)?;
    Ok(output)
}

pub async fn upload_part_copy(
    index: &Index,
    bucket: &str,
    input: UploadPartCopyInput,
) -> S3Result<UploadPartCopyOutput> {
    check_number(input.part_number)?;
    let upload = index.upload(&input.upload_id, &input.key)?.upload;
    let open = |source: &Object| -> S3Result<_> {
        conditions_of_source!(input).check_copy(source)?;
        let range = source_range(input.copy_source_range.as_deref(), source.blob.size)?;
        Ok((index.folder.read(&source.blob).map_err(S3Error::internal_error)?, range))
    };
    let source = index.with_object(copy_source(bucket, &input.copy_source)?, open)?;
    let file = index.folder.new_file().map_err(S3Error::internal_error)?;
    let digests = Digests::of(upload.algorithm.as_deref());
    let copied = tokio::task::spawn_blocking(move || {
        let blob = concatenate(&file, vec![source], digests)?;
        std::io::Result::Ok((file, blob))
    });
    let copied = copied.await.map_err(S3Error::internal_error)?;
    let (file, blob) = copied.map_err(S3Error::internal_error)?;
    let mut result = CopyPartResult {
        e_tag: Some(ETag::Strong(blob.md5.clone())),
        last_modified: Some(time(blob.modified)),
        ..Default::default()
    };
    set_checksums!(result, blob.checksums);
    index.put_part(&input.upload_id, &input.key, input.part_number, file, blob)?;
    Ok(UploadPartCopyOutput { copy_part_result: Some(result), ..Default::default() })
}

/// `bytes=first-last`, with both and inside the object.
fn source_range(range: Option<&str>, size: u64) -> S3Result<Range<u64>> {
    let Some(range) = range else { return Ok(0..size) };
    let numbers = range.strip_prefix("bytes=").and_then(|range| range.split_once('-'));
    let numbers = numbers.and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
    let (first, last): (u64, u64) = numbers.ok_or_else(|| {
        s3_error!(
            InvalidArgument,
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy"
        )
    })?;
    if first > last || last >= size {
        return Err(s3_error!(
            InvalidArgument,
            "Range specified is not valid for source object of size: {}",
            size
        ));
    }
    Ok(first..last + 1)
}

pub fn list_parts(index: &Index, input: ListPartsInput) -> S3Result<ListPartsOutput> {
    let open = index.upload(&input.upload_id, &input.key)?;
    let most = usize::try_from(input.max_parts.unwrap_or(MOST).clamp(0, MOST)).unwrap_or(0);
    let marker = input.part_number_marker.unwrap_or(0);
    let behind = open.parts.iter().filter(|(number, _)| **number > marker);
    let left = behind.clone().count();
    let parts: Vec<Part> = behind
        .take(most)
        .map(|(number, blob)| {
            let mut part = Part {
                part_number: Some(*number),
                e_tag: Some(ETag::Strong(blob.md5.clone())),
                last_modified: Some(time(blob.modified)),
                size: Some(length(blob.size)),
                ..Default::default()
            };
            set_checksums!(part, blob.checksums);
            part
        })
        .collect();
    let is_truncated = left > parts.len();
    Ok(ListPartsOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        max_parts: i32::try_from(most).ok(),
        part_number_marker: Some(marker),
        next_part_number_marker: parts.last().and_then(|part| part.part_number),
        is_truncated: Some(is_truncated),
        checksum_type: open.upload.algorithm.is_some().then(|| checksum_type(&open.upload)),
        checksum_algorithm: open.upload.algorithm.map(ChecksumAlgorithm::from),
        parts: Some(parts),
        ..Default::default()
    })
}

pub fn list_uploads(
    index: &Index,
    input: ListMultipartUploadsInput,
) -> S3Result<ListMultipartUploadsOutput> {
    if input.delimiter.is_some() || input.encoding_type.is_some() {
        return Err(s3_error!(NotImplemented, "uploads are listed one by one, as they are"));
    }
    let most = usize::try_from(input.max_uploads.unwrap_or(MOST).clamp(0, MOST)).unwrap_or(0);
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let is_behind = |upload: &Upload| match (&input.key_marker, &input.upload_id_marker) {
        (Some(key), Some(id)) => (&upload.key, &upload.id) > (key, id),
        (Some(key), None) => upload.key > *key,
        (None, _) => true,
    };
    let mut uploads = index.uploads();
    uploads.retain(|upload| upload.key.starts_with(prefix) && is_behind(upload));
    let is_truncated = uploads.len() > most;
    uploads.truncate(most);
    let last = uploads.last().filter(|_| is_truncated);
    Ok(ListMultipartUploadsOutput {
        bucket: Some(input.bucket),
        is_truncated: Some(is_truncated),
        next_key_marker: last.map(|upload| upload.key.clone()),
        next_upload_id_marker: last.map(|upload| upload.id.clone()),
        max_uploads: i32::try_from(most).ok(),
        uploads: Some(
            uploads
                .into_iter()
                .map(|upload| MultipartUpload {
                    initiated: Some(time(upload.begun)),
                    key: Some(upload.key),
                    upload_id: Some(upload.id),
                    ..Default::default()
                })
                .collect(),
        ),
        prefix: input.prefix,
        key_marker: input.key_marker,
        upload_id_marker: input.upload_id_marker,
        ..Default::default()
    })
}
