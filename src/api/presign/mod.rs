//! Presigned URLs and forms.

pub(in crate::api) mod batch;
pub(in crate::api) mod file;
pub(in crate::api) mod form;
pub(in crate::api) mod form_request;
pub(in crate::api) mod one;
mod parameters;
mod request;

pub(in crate::api) use form_request::FormRequest;
pub(in crate::api) use one::{Pairs, PresignAnswer};
pub(in crate::api) use parameters::Parameters;
pub(in crate::api) use request::{ObjectFields, PresignRequest, build};
