//! GetObjectTagging and PutObjectTagging.

use s3s::dto::{
    GetObjectTaggingInput, GetObjectTaggingOutput, PutObjectTaggingInput, PutObjectTaggingOutput,
    Tag,
};
use s3s::{S3Result, s3_error};

use super::index::Index;

/// How many tags an object may have.
const MOST: usize = 10;

pub fn get(index: &Index, input: &GetObjectTaggingInput) -> S3Result<GetObjectTaggingOutput> {
    let tags = index.with_object(&input.key, |object| Ok(object.attributes.tags.clone()))?;
    let tag = |(key, value)| Tag { key: Some(key), value: Some(value) };
    let tag_set = tags.into_iter().map(tag).collect();
    Ok(GetObjectTaggingOutput { tag_set, ..Default::default() })
}

pub fn put(index: &Index, input: PutObjectTaggingInput) -> S3Result<PutObjectTaggingOutput> {
    let tags = input.tagging.tag_set;
    if tags.len() > MOST {
        return Err(s3_error!(InvalidTag, "Object tags cannot be greater than 10"));
    }
    let pair = |tag: Tag| Some((tag.key?, tag.value.unwrap_or_default()));
    index.set_tags(&input.key, tags.into_iter().filter_map(pair).collect())?;
    Ok(PutObjectTaggingOutput::default())
}
