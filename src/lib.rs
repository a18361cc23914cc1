//! edge-signer: presigned S3 URLs, made at the edge for callers whose session allows them.
//!
//! From the top down; a module uses only modules below it:
//!
//! | module | job |
//! | --- | --- |
//! | `edge` | the Worker's entry; the only code that knows Workers (wasm32 only) |
//! | [`api`] | routes, bodies, problems: [`api::handle`] is the walk of one request |
//! | `audit` | joins decisions with a store's access log, and reports on both (native only) |
//! | [`config`] | the whole configuration, checked |
//! | [`inbox`] | uploads that nobody can read before they are inspected |
//! | [`link`] | links, their sealed tokens, and their names |
//! | [`ledger`] | one-time keys, and the ledger that records uses |
//! | [`quota`] | what subjects have used of the rules' quotas |
//! | [`policy`] | the rules, and what they grant |
//! | [`session`] | from a token to a verified caller |
//! | [`s3`] | stores, keys, operations and their parameters |
//! | [`sigv4`] | AWS Signature Version 4, one file for each stage |
//! | [`explain`] | why a store refused a presigned URL |
//! | [`crypto`], [`encoding`], [`html`], [`jwt`], [`order`], [`secret`], [`time`], [`variables`], [`xml`] | the ground floor |
//!
//! # For a program of one's own
//!
//! [`sigv4`], [`s3`] and [`policy`] are the stable API. Their public items, and those that they use of [`session`],
//! [`secret`], [`time`], [`variables`], [`encoding`] and [`crypto`], change only with the version's first number that
//! isn't 0, and the change log says how. The other modules belong to the Worker and the command line, and change with
//! these. Leave out both features: `edge` is the entry of this Worker, `cli` is for the command line.
//!
//! ```toml
//! edge-signer = { path = "../edge-signer", default-features = false }
//! ```
//!
//! Signing a URL, with the example of AWS's documentation:
//!
//! ```
//! use edge_signer::s3::{Location, ObjectKey, Provider, Style, Target, Variant};
//! use edge_signer::secret::Secret;
//! use edge_signer::sigv4::{
//!     AccessKeyId, Credentials, ExpiresIn, Headers, Method, PayloadHash, RequestToSign, Signer,
//! };
//! use edge_signer::time::Timestamp;
//!
//! let address = Location {
//!     endpoint: Some("https://s3.amazonaws.com"),
//!     region: "us-east-1",
//!     bucket: "examplebucket",
//!     style: Style::Virtual,
//!     provider: Provider::Aws,
//!     variant: Variant::default(),
//! }
//! .resolve()
//! .unwrap();
//! let secret = Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned());
//! let id = AccessKeyId::new("AKIAIOSFODNN7EXAMPLE").unwrap();
//! let credentials = Credentials::new(id, secret, None).unwrap();
//! let signer = Signer {
//!     credentials: &credentials,
//!     region: &address.region,
//!     service: &address.service,
//!     time: Timestamp::parse_amz("20130524T000000Z").unwrap(),
//! };
//! let target = Target::Object(ObjectKey::new("test.txt").unwrap());
//! let request = RequestToSign {
//!     method: &Method::GET,
//!     origin: &address.origin,
//!     path: &address.path(&target),
//!     query: &[],
//!     headers: &Headers::default(),
//!     payload: PayloadHash::Unsigned,
//! };
//! let url = signer.presign(&request, ExpiresIn::from_seconds(86_400).unwrap());
//! assert!(url.starts_with("https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm="));
//! assert!(url.ends_with("aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"));
//! ```
//!
//! `templates/worker` is a whole Worker with rules, a store's settings and its features.

pub mod api;
#[cfg(not(target_arch = "wasm32"))]
pub mod audit;
pub mod config;
pub mod crypto;
pub mod encoding;
pub mod explain;
pub mod html;
pub mod inbox;
pub mod jwt;
pub mod ledger;
pub mod link;
pub mod order;
pub mod policy;
pub mod quota;
pub mod s3;
pub mod secret;
pub mod session;
pub mod sigv4;
pub mod time;
pub mod variables;
pub mod xml;

#[cfg(all(target_arch = "wasm32", feature = "edge"))]
mod edge;
