//! URLs and forms, handed to whoever asks.

pub(in crate::api) mod batch;
pub(in crate::api) mod file;
pub(in crate::api) mod form;
pub(in crate::api) mod one;
