//! ListObjectsV2.

use edge_signer::encoding::{Slash, percent_encode};
use s3s::dto::{
    CommonPrefix, EncodingType, ListObjectsV2Input, ListObjectsV2Output, Object as Listed,
    ObjectStorageClass,
};
use s3s::{S3Result, s3_error};

use super::index::Index;
use super::record::{Object, length};

/// What S3 lists at a time at the most.
const MOST: i32 = 1000;

pub fn list(index: &Index, input: ListObjectsV2Input) -> S3Result<ListObjectsV2Output> {
    let wanted = input.max_keys.unwrap_or(MOST);
    if wanted < 0 {
        return Err(s3_error!(InvalidArgument, "max-keys is less than 0"));
    }
    let wanted = wanted.min(MOST);
    let is_encoded =
        input.encoding_type.as_ref().is_some_and(|of| of.as_str() == EncodingType::URL);
    let encode = |text: &str| {
        if is_encoded { percent_encode(text, Slash::Keep) } else { text.to_owned() }
    };
    let page = Page::read(index, &input, usize::try_from(wanted).unwrap_or(0));
    let prefixes = page.prefixes.iter();
    let prefixes = prefixes.map(|prefix| CommonPrefix { prefix: Some(encode(prefix)) }).collect();
    let contents = page.objects.iter().map(|object| Listed {
        e_tag: Some(object.etag()),
        key: Some(encode(&object.key)),
        last_modified: Some(object.last_modified()),
        size: Some(length(object.blob.size)),
        storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
        ..Default::default()
    });
    Ok(ListObjectsV2Output {
        key_count: i32::try_from(page.objects.len() + page.prefixes.len()).ok(),
        contents: Some(contents.collect()),
        common_prefixes: Some(prefixes),
        is_truncated: Some(page.is_truncated),
        next_continuation_token: page.last.filter(|_| page.is_truncated),
        max_keys: Some(wanted),
        name: Some(input.bucket),
        prefix: Some(encode(input.prefix.as_deref().unwrap_or_default())),
        delimiter: input.delimiter.as_deref().map(encode),
        start_after: input.start_after.as_deref().map(encode),
        continuation_token: input.continuation_token,
        encoding_type: input.encoding_type,
        ..Default::default()
    })
}

#[derive(Default)]
struct Page {
    objects: Vec<Object>,
    prefixes: Vec<String>,
    is_truncated: bool,
    /// The last that is on it: the next page's token.
    last: Option<String>,
}

impl Page {
    fn read(index: &Index, input: &ListObjectsV2Input, most: usize) -> Self {
        let prefix = input.prefix.as_deref().unwrap_or_default();
        let delimiter = input.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty());
        let mut page = Self::default();
        index.walk(prefix, |object| {
            let folder = delimiter.and_then(|delimiter| folder_of(&object.key, prefix, delimiter));
            let name = folder.unwrap_or(&object.key);
            let is_before = input.start_after.as_ref().is_some_and(|start| object.key <= *start)
                || input.continuation_token.as_deref().is_some_and(|token| name <= token);
            // The folder of the object before.
            if is_before || (folder.is_some() && page.prefixes.last().map(String::as_str) == folder)
            {
                return true;
            }
            if page.objects.len() + page.prefixes.len() == most {
                page.is_truncated = most > 0;
                return false;
            }
            page.last = Some(name.to_owned());
            match folder {
                Some(folder) => page.prefixes.push(folder.to_owned()),
                None => page.objects.push(object.clone()),
            }
            true
        });
        page
    }
}

/// A key up to the first delimiter behind the prefix.
fn folder_of<'k>(key: &'k str, prefix: &str, delimiter: &str) -> Option<&'k str> {
    let behind = key.get(prefix.len()..)?.find(delimiter)?;
    key.get(..prefix.len() + behind + delimiter.len())
}
