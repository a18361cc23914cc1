//! edge-signer: presigned S3 URLs, made at the edge for whoever shows a session that may have them.
//!
//! From the top down; a module names those below it and none above:
//!
//! | module | job |
//! | --- | --- |
//! | `edge` | the Worker's entry; the only code that knows Workers (wasm32 only) |
//! | [`api`] | routes, bodies, problems: [`api::handle`] is the walk of one request |
//! | `audit` | what a store's access log says of the URLs that were given out (native only) |
//! | [`config`] | the whole configuration, checked |
//! | [`inbox`] | uploads that nobody can read before they were looked at |
//! | [`link`] | links, what they are sealed from, and their names |
//! | [`ledger`] | one-time keys, and the ledger that records what was used |
//! | [`policy`] | what the rules leave of a request |
//! | [`session`] | from a token to a verified caller |
//! | [`s3`] | stores, keys, operations and their parameters |
//! | [`sigv4`] | AWS Signature Version 4, a file a stage |
//! | [`explain`] | why a store refused a presigned URL |
//! | [`crypto`], [`encoding`], [`jwt`], [`order`], [`secret`], [`time`], [`variables`], [`xml`] | the ground floor |

pub mod api;
#[cfg(not(target_arch = "wasm32"))]
pub mod audit;
pub mod config;
pub mod crypto;
pub mod encoding;
pub mod explain;
pub mod inbox;
pub mod jwt;
pub mod ledger;
pub mod link;
pub mod order;
pub mod policy;
pub mod s3;
pub mod secret;
pub mod session;
pub mod sigv4;
pub mod time;
pub mod variables;
pub mod xml;

#[cfg(target_arch = "wasm32")]
mod edge;
