//! Conditions on what is read.

use hyper::header::{ETAG, HeaderMap};
use s3s::dto::{ETag, ETagCondition, Timestamp};
use s3s::{S3Error, S3Result, s3_error};

use super::record::Object;

/// The four that a read and a copy have.
pub struct Conditions<'a> {
    pub if_match: Option<&'a ETagCondition>,
    pub if_none_match: Option<&'a ETagCondition>,
    pub if_modified_since: Option<&'a Timestamp>,
    pub if_unmodified_since: Option<&'a Timestamp>,
}

/// Reads them out of an input.
macro_rules! conditions_of {
    ($input:expr) => {
        $crate::store::backend::conditions::Conditions {
            if_match: $input.if_match.as_ref(),
            if_none_match: $input.if_none_match.as_ref(),
            if_modified_since: $input.if_modified_since.as_ref(),
            if_unmodified_since: $input.if_unmodified_since.as_ref(),
        }
    };
}

/// Reads those on the source of a copy.
macro_rules! conditions_of_source {
    ($input:expr) => {
        $crate::store::backend::conditions::Conditions {
            if_match: $input.copy_source_if_match.as_ref(),
            if_none_match: $input.copy_source_if_none_match.as_ref(),
            if_modified_since: $input.copy_source_if_modified_since.as_ref(),
            if_unmodified_since: $input.copy_source_if_unmodified_since.as_ref(),
        }
    };
}

pub(crate) use {conditions_of, conditions_of_source};

impl Conditions<'_> {
    /// Fails with 412, or with 304 where whoever reads has the object already. An ETag goes before a date.
    pub fn check_read(&self, object: &Object) -> S3Result<()> {
        if self.has_changed(object) {
            return Err(s3_error!(PreconditionFailed));
        }
        if self.is_known(object) { Err(not_modified(object)) } else { Ok(()) }
    }

    /// Fails with 412 in either case.
    pub fn check_copy(&self, object: &Object) -> S3Result<()> {
        let fails = self.has_changed(object) || self.is_known(object);
        if fails { Err(s3_error!(PreconditionFailed)) } else { Ok(()) }
    }

    fn has_changed(&self, object: &Object) -> bool {
        match (self.if_match, self.if_unmodified_since) {
            (Some(ETagCondition::ETag(etag)), _) => !ETag::strong_cmp(etag, &object.etag()),
            (Some(ETagCondition::Any), _) => false,
            (None, Some(since)) => object.last_modified() > *since,
            (None, None) => false,
        }
    }

    fn is_known(&self, object: &Object) -> bool {
        match (self.if_none_match, self.if_modified_since) {
            (Some(ETagCondition::ETag(etag)), _) => ETag::weak_cmp(etag, &object.etag()),
            (Some(ETagCondition::Any), _) => true,
            (None, Some(since)) => object.last_modified() <= *since,
            (None, None) => false,
        }
    }
}

/// 304 says which object it is about.
fn not_modified(object: &Object) -> S3Error {
    let mut error = s3_error!(NotModified);
    if let Ok(etag) = object.etag().to_http_header() {
        error.set_headers(HeaderMap::from_iter([(ETAG, etag)]));
    }
    error
}
