//! From a caller to a signature: wanted, permitted, signable, paid, given. Each step is a type that only the step
//! before makes.

pub(in crate::api) mod audit;
pub(in crate::api) mod audit_record;
pub(in crate::api) mod caller;
mod charge;
pub(in crate::api) mod in_parts;
mod paid;
mod permitted;
mod placed;
pub(in crate::api) mod rate_limit;
pub(in crate::api) mod session_cookie;
mod sign;
mod signable;
pub(in crate::api) mod signatory;
mod wanted;

pub(in crate::api) use charge::{begun, give_back, tell_quota};
pub(in crate::api) use paid::{Given, Unsigned};
pub(in crate::api) use permitted::{
    OfLink, Permitted, Scene, has_use, permit, permit_by_edge, permit_by_link, permit_form,
    stumbles_over,
};
pub(in crate::api) use placed::{Upload, UploadTicket};
pub(in crate::api) use sign::{open_each, refuse_all, reserve_each, sign, sign_all};
pub(in crate::api) use signable::{Signable, authorized};
pub(in crate::api) use wanted::{Inside, SigningRequest};
