//! Roles that STS gives, and credentials that are narrowed to one request.

mod assume_role;
mod role_cache;
pub(in crate::s3) mod scoped;
mod session_policy;

pub use assume_role::AssumeRole;
pub use role_cache::RoleCache;
