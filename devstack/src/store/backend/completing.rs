//! CompleteMultipartUpload.

use edge_signer::encoding::{base64_decode, hex};
use s3s::crypto::{Checksum, Md5};
use s3s::dto::{CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CompletedPart};
use s3s::{S3Error, S3Result, s3_error};

use super::digests::Digests;
use super::files::concatenate;
use super::folder::NewFile;
use super::index::{Expected, Index, NewObject, Open};
use super::multipart::checksum_type;
use super::record::{Blob, Checksums, Object, Upload, checksums_of, length, set_checksums};

/// Makes an object of the parts that are named, of which each but the last has at least `smallest_part` bytes.
/// `location` is where it will be.
pub async fn complete(
    index: &Index,
    smallest_part: u64,
    input: CompleteMultipartUploadInput,
    location: Option<String>,
) -> S3Result<CompleteMultipartUploadOutput> {
    let taken = index.take(&input.upload_id, &input.key)?;
    let object = make(index, smallest_part, &taken.open, &input).await?;
    let upload = &taken.open.upload;
    let mut output = CompleteMultipartUploadOutput {
        bucket: Some(input.bucket),
        e_tag: Some(object.etag()),
        key: Some(input.key),
        location,
        checksum_type: upload.algorithm.as_ref().map(|_| checksum_type(upload)),
        ..Default::default()
    };
    set_checksums!(output, object.blob.checksums);
    taken.end();
    Ok(output)
}

async fn make(
    index: &Index,
    smallest_part: u64,
    open: &Open,
    input: &CompleteMultipartUploadInput,
) -> S3Result<Object> {
    let upload = &open.upload;
    let named = input.multipart_upload.as_ref().and_then(|upload| upload.parts.as_deref());
    let parts = chosen(open, named.unwrap_or_default(), smallest_part)?;
    let sizes: Vec<u64> = parts.iter().map(|part| part.size).collect();
    let size: u64 = sizes.iter().sum();
    if input.mpu_object_size.is_some_and(|expected| expected != length(size)) {
        return Err(s3_error!(
            InvalidRequest,
            "The provided 'x-amz-mp-object-size' header does not match what was computed"
        ));
    }
    let (file, mut blob) = join(index, upload, &parts).await?;
    if let Some(algorithm) = upload.algorithm.as_deref().filter(|_| !upload.is_full_object) {
        blob.checksums = composite(algorithm, &parts);
    }
    for ((name, expected), (_, computed)) in
        checksums_of!(input).each().into_iter().zip(blob.checksums.each())
    {
        if expected.is_some() && expected != computed {
            return Err(s3_error!(
                BadDigest,
                "The {} you specified did not match the calculated checksum.",
                name
            ));
        }
    }
    let new = NewObject {
        key: upload.key.clone(),
        file,
        blob,
        etag: etag(&parts)?,
        attributes: upload.attributes.clone(),
        parts: sizes,
    };
    let expected =
        Expected { if_match: input.if_match.clone(), if_none_match: input.if_none_match.clone() };
    index.put(new, &expected)
}

/// The parts that are named, where they are there, and are those that are meant.
fn chosen<'o>(
    open: &'o Open,
    named: &[CompletedPart],
    smallest_part: u64,
) -> S3Result<Vec<&'o Blob>> {
    if named.is_empty() {
        return Err(s3_error!(MalformedXML, "You must specify at least one part"));
    }
    let numbers = named.iter().map(|part| part.part_number.ok_or_else(|| s3_error!(MalformedXML)));
    let numbers = numbers.collect::<S3Result<Vec<i32>>>()?;
    if !numbers.is_sorted_by(|one, next| one < next) {
        return Err(s3_error!(
            InvalidPartOrder,
            "The list of parts was not in ascending order. The parts list must be specified in order by part number."
        ));
    }
    let mut parts = Vec::new();
    for (part, number) in named.iter().zip(&numbers) {
        let blob = open.parts.get(number).filter(|blob| is_meant(part, blob));
        let blob = blob.ok_or_else(|| {
            s3_error!(
                InvalidPart,
                "One or more of the specified parts could not be found. The part might not have been uploaded, or the specified entity tag might not have matched the part's entity tag."
            )
        })?;
        if Some(number) != numbers.last() && blob.size < smallest_part {
            return Err(s3_error!(
                EntityTooSmall,
                "Your proposed upload is smaller than the minimum allowed size"
            ));
        }
        parts.push(blob);
    }
    Ok(parts)
}

fn is_meant(part: &CompletedPart, blob: &Blob) -> bool {
    let named = checksums_of!(part);
    let mut checksums = named.each().into_iter().zip(blob.checksums.each());
    part.e_tag.as_ref().is_some_and(|etag| etag.value() == blob.md5)
        && checksums.all(|((_, named), (_, kept))| named.is_none() || named == kept)
}

async fn join(index: &Index, upload: &Upload, parts: &[&Blob]) -> S3Result<(NewFile, Blob)> {
    let files = parts.iter().map(|blob| Ok((index.folder.read(blob)?, 0..blob.size)));
    let files = files.collect::<std::io::Result<Vec<_>>>().map_err(S3Error::internal_error)?;
    let file = index.folder.new_file().map_err(S3Error::internal_error)?;
    let digests = Digests::of(upload.algorithm.as_deref().filter(|_| upload.is_full_object));
    let joined = tokio::task::spawn_blocking(move || {
        let blob = concatenate(&file, files, digests)?;
        std::io::Result::Ok((file, blob))
    });
    joined.await.map_err(S3Error::internal_error)?.map_err(S3Error::internal_error)
}

/// The MD5 of the parts' MD5s, and how many they are.
fn etag(parts: &[&Blob]) -> S3Result<String> {
    let mut md5 = Md5::new();
    for part in parts {
        md5.update(&from_hex(&part.md5).ok_or_else(|| s3_error!(InternalError))?);
    }
    Ok(format!("{}-{}", hex(&md5.finalize()), parts.len()))
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let pairs = (0..text.len()).step_by(2);
    pairs.map(|start| u8::from_str_radix(text.get(start..start + 2)?, 16).ok()).collect()
}

/// The checksum of the parts' checksums, and how many they are.
fn composite(algorithm: &str, parts: &[&Blob]) -> Checksums {
    let mut digests = Digests::of([algorithm]);
    for part in parts {
        let checksum = part.checksums.of(algorithm).and_then(base64_decode);
        digests.update(&checksum.unwrap_or_default());
    }
    let (_, mut checksums) = digests.finish();
    if let Some(Some(checksum)) = checksums.of_mut(algorithm) {
        checksum.push_str(&format!("-{}", parts.len()));
    }
    checksums
}
