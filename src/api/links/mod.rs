//! Links: making, looking up, revoking and redeeming them.

mod facts;
mod holder;
pub(in crate::api) mod look_after;
pub(in crate::api) mod mint;
pub(in crate::api) mod opening;
mod page;
mod pass_on;
pub(in crate::api) mod redeem;
mod redemption;
pub(in crate::api) mod request;
mod upload;
