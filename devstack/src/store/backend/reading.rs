//! GetObject and HeadObject.

use std::fs::File;
use std::ops::Range;

use s3s::dto::{
    GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, Range as Wanted,
    StreamingBlob, Timestamp, TimestampFormat,
};
use s3s::{S3Error, S3Result, s3_error};

use super::conditions::conditions_of;
use super::files::Contents;
use super::index::Index;
use super::record::{Object, length, set_checksums};

/// What an answer has of an object, whether with its bytes or without.
macro_rules! describe {
    ($output:expr, $object:expr, $asked:expr) => {
        let Object { attributes, blob, .. } = &$object;
        let whole = 0..blob.size;
        $output.accept_ranges = Some("bytes".to_owned());
        $output.cache_control = attributes.cache_control.clone();
        $output.content_disposition = attributes.content_disposition.clone();
        $output.content_encoding = attributes.content_encoding.clone();
        $output.content_language = attributes.content_language.clone();
        $output.content_length = Some(length($asked.range.end - $asked.range.start));
        $output.content_range = $asked.content_range(blob.size);
        $output.content_type =
            attributes.content_type.clone().or_else(|| Some("binary/octet-stream".to_owned()));
        $output.e_tag = Some($object.etag());
        $output.expires = attributes.expires.as_deref().and_then(expires);
        $output.last_modified = Some($object.last_modified());
        $output.metadata = Some(attributes.metadata.clone().into_iter().collect());
        $output.parts_count = $asked.parts_count;
        $output.website_redirect_location = attributes.website_redirect_location.clone();
        // A checksum is that of the whole.
        if $asked.range == whole {
            set_checksums!($output, blob.checksums);
        }
    };
}

pub fn get(index: &Index, input: &GetObjectInput) -> S3Result<GetObjectOutput> {
    let open = |object: &Object| -> S3Result<(Object, File)> {
        conditions_of!(input).check_read(object)?;
        let file = index.folder.read(&object.blob).map_err(S3Error::internal_error)?;
        Ok((object.clone(), file))
    };
    let (object, file) = index.with_object(&input.key, open)?;
    let asked = Asked::of(&object, input.range.as_ref(), input.part_number)?;
    let contents = Contents::of(file, &asked.range).map_err(S3Error::internal_error)?;
    let mut output =
        GetObjectOutput { body: Some(StreamingBlob::new(contents)), ..Default::default() };
    describe!(output, object, asked);
    Ok(output)
}

pub fn head(index: &Index, input: &HeadObjectInput) -> S3Result<HeadObjectOutput> {
    let look = |object: &Object| -> S3Result<Object> {
        conditions_of!(input).check_read(object)?;
        Ok(object.clone())
    };
    let object = index.with_object(&input.key, look)?;
    let asked = Asked::of(&object, input.range.as_ref(), input.part_number)?;
    let mut output = HeadObjectOutput::default();
    describe!(output, object, asked);
    Ok(output)
}

fn expires(text: &str) -> Option<Timestamp> {
    Timestamp::parse(TimestampFormat::HttpDate, text).ok()
}

/// Which bytes are asked for.
struct Asked {
    range: Range<u64>,
    is_partial: bool,
    parts_count: Option<i32>,
}

impl Asked {
    fn of(object: &Object, range: Option<&Wanted>, part_number: Option<i32>) -> S3Result<Self> {
        let size = object.blob.size;
        match (range, part_number) {
            (Some(_), Some(_)) => Err(s3_error!(
                InvalidRequest,
                "Cannot specify both Range header and partNumber query parameter"
            )),
            (Some(range), None) => {
                Ok(Self { range: range.check(size)?, is_partial: true, parts_count: None })
            }
            (None, Some(number)) => {
                let whole = [size];
                let parts = if object.parts.is_empty() { &whole[..] } else { &object.parts[..] };
                let position =
                    usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
                let position = position.filter(|position| *position < parts.len());
                let position = position.ok_or_else(|| {
                    s3_error!(InvalidRange, "The requested partnumber is not satisfiable")
                })?;
                let start: u64 = parts[..position].iter().sum();
                Ok(Self {
                    range: start..start + parts[position],
                    is_partial: true,
                    parts_count: i32::try_from(object.parts.len()).ok().filter(|count| *count > 0),
                })
            }
            (None, None) => Ok(Self { range: 0..size, is_partial: false, parts_count: None }),
        }
    }

    fn content_range(&self, size: u64) -> Option<String> {
        let Range { start, end } = self.range;
        // Of no bytes there is no range.
        (self.is_partial && end > start).then(|| format!("bytes {start}-{}/{size}", end - 1))
    }
}
