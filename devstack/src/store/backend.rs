//! The operations of S3 on one bucket. `s3s` calls these once it has checked a signature.

mod completing;
mod conditions;
mod digests;
mod files;
mod folder;
mod index;
mod listing;
mod multipart;
mod reading;
mod record;
mod tagging;
mod writing;

use std::io;
use std::path::Path;

use hyper::header::{HOST, HeaderMap, IF_NONE_MATCH};
use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};

use index::Index;

pub struct Backend {
    bucket: String,
    index: Index,
    smallest_part: u64,
}

impl Backend {
    /// What is kept in `folder`, as the bucket of that name. Of an upload, every part but the last has to have at least
    /// `smallest_part` bytes.
    pub fn open(folder: &Path, bucket: &str, smallest_part: u64) -> io::Result<Self> {
        Ok(Self { bucket: bucket.to_owned(), index: Index::open(folder)?, smallest_part })
    }

    fn check_bucket(&self, name: &str) -> S3Result<()> {
        if name == self.bucket { Ok(()) } else { Err(s3_error!(NoSuchBucket)) }
    }
}

/// The key that is copied from.
fn copy_source<'s>(bucket: &str, source: &'s CopySource) -> S3Result<&'s str> {
    let CopySource::Bucket { bucket: named, key, version_id } = source else {
        return Err(s3_error!(NotImplemented, "a copy is made of what is in the bucket"));
    };
    if **named != *bucket {
        return Err(s3_error!(NoSuchBucket));
    }
    check_version(version_id.as_deref())?;
    Ok(key)
}

/// The bucket has no versions; `null` is the name of what was never versioned.
fn check_version(id: Option<&str>) -> S3Result<()> {
    match id {
        None | Some("null") => Ok(()),
        Some(_) => Err(s3_error!(NoSuchVersion, "The specified version does not exist.")),
    }
}

fn answer<T>(output: T) -> S3Result<S3Response<T>> {
    Ok(S3Response::new(output))
}

/// Where an object is, as the client calls the store.
fn location(headers: &HeaderMap, path: &str) -> Option<String> {
    Some(format!("http://{}{path}", headers.get(HOST)?.to_str().ok()?))
}

#[async_trait::async_trait]
impl S3 for Backend {
    async fn head_bucket(
        &self,
        request: S3Request<HeadBucketInput>,
    ) -> S3Result<S3Response<HeadBucketOutput>> {
        self.check_bucket(&request.input.bucket)?;
        answer(HeadBucketOutput::default())
    }

    async fn get_bucket_location(
        &self,
        request: S3Request<GetBucketLocationInput>,
    ) -> S3Result<S3Response<GetBucketLocationOutput>> {
        self.check_bucket(&request.input.bucket)?;
        answer(GetBucketLocationOutput::default())
    }

    async fn get_bucket_versioning(
        &self,
        request: S3Request<GetBucketVersioningInput>,
    ) -> S3Result<S3Response<GetBucketVersioningOutput>> {
        self.check_bucket(&request.input.bucket)?;
        answer(GetBucketVersioningOutput::default())
    }

    async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        self.check_bucket(&request.input.bucket)?;
        check_version(request.input.version_id.as_deref())?;
        answer(reading::get(&self.index, &request.input)?)
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        self.check_bucket(&request.input.bucket)?;
        check_version(request.input.version_id.as_deref())?;
        answer(reading::head(&self.index, &request.input)?)
    }

    async fn put_object(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        self.check_bucket(&request.input.bucket)?;
        answer(writing::put(&self.index, request).await?)
    }

    async fn copy_object(
        &self,
        request: S3Request<CopyObjectInput>,
    ) -> S3Result<S3Response<CopyObjectOutput>> {
        self.check_bucket(&request.input.bucket)?;
        let only_new = request.headers.get(IF_NONE_MATCH).is_some_and(|value| value == "*");
        answer(writing::copy(&self.index, &self.bucket, request.input, only_new)?)
    }

    async fn get_object_tagging(
        &self,
        request: S3Request<GetObjectTaggingInput>,
    ) -> S3Result<S3Response<GetObjectTaggingOutput>> {
        self.check_bucket(&request.input.bucket)?;
        check_version(request.input.version_id.as_deref())?;
        answer(tagging::get(&self.index, &request.input)?)
    }

    async fn put_object_tagging(
        &self,
        request: S3Request<PutObjectTaggingInput>,
    ) -> S3Result<S3Response<PutObjectTaggingOutput>> {
        self.check_bucket(&request.input.bucket)?;
        check_version(request.input.version_id.as_deref())?;
        answer(tagging::put(&self.index, request.input)?)
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        self.check_bucket(&request.input.bucket)?;
        check_version(request.input.version_id.as_deref())?;
        self.index.delete(&request.input.key);
        answer(DeleteObjectOutput::default())
    }

    async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        self.check_bucket(&request.input.bucket)?;
        let Delete { objects, quiet } = request.input.delete;
        let mut deleted = Vec::new();
        for object in objects {
            check_version(object.version_id.as_deref())?;
            self.index.delete(&object.key);
            deleted.push(DeletedObject { key: Some(object.key), ..Default::default() });
        }
        let deleted = (quiet != Some(true)).then_some(deleted);
        answer(DeleteObjectsOutput { deleted, ..Default::default() })
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        self.check_bucket(&request.input.bucket)?;
        answer(listing::list(&self.index, request.input)?)
    }

    async fn list_objects(
        &self,
        request: S3Request<ListObjectsInput>,
    ) -> S3Result<S3Response<ListObjectsOutput>> {
        self.check_bucket(&request.input.bucket)?;
        let marker = request.input.marker.clone();
        let listed = listing::list(&self.index, request.input.into())?;
        answer(ListObjectsOutput {
            contents: listed.contents,
            common_prefixes: listed.common_prefixes,
            delimiter: listed.delimiter,
            encoding_type: listed.encoding_type,
            is_truncated: listed.is_truncated,
            marker,
            max_keys: listed.max_keys,
            name: listed.name,
            next_marker: listed.next_continuation_token,
            prefix: listed.prefix,
            ..Default::default()
        })
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        self.check_bucket(&request.input.bucket)?;
        answer(multipart::create(&self.index, request.input)?)
    }

    async fn upload_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        self.check_bucket(&request.input.bucket)?;
        answer(multipart::upload_part(&self.index, request).await?)
    }

    async fn upload_part_copy(
        &self,
        request: S3Request<UploadPartCopyInput>,
    ) -> S3Result<S3Response<UploadPartCopyOutput>> {
        self.check_bucket(&request.input.bucket)?;
        answer(multipart::upload_part_copy(&self.index, &self.bucket, request.input).await?)
    }

    async fn list_parts(
        &self,
        request: S3Request<ListPartsInput>,
    ) -> S3Result<S3Response<ListPartsOutput>> {
        self.check_bucket(&request.input.bucket)?;
        answer(multipart::list_parts(&self.index, request.input)?)
    }

    async fn list_multipart_uploads(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        self.check_bucket(&request.input.bucket)?;
        answer(multipart::list_uploads(&self.index, request.input)?)
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        self.check_bucket(&request.input.bucket)?;
        let location = location(&request.headers, request.uri.path());
        answer(
            completing::complete(&self.index, self.smallest_part, request.input, location).await?,
        )
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let input = request.input;
        self.check_bucket(&input.bucket)?;
        self.index.take(&input.upload_id, &input.key)?.end();
        answer(AbortMultipartUploadOutput::default())
    }
}
