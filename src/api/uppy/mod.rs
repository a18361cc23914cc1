//! Uppy's routes: URLs for its own requests, and Companion's routes.

pub(in crate::api) mod companion;
pub(in crate::api) mod companion_request;
pub(in crate::api) mod sign_request;
