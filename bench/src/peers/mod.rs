//! The other signers, each set up as its own documentation shows, with all that can be prepared prepared.

mod aws_sigv4;
mod reqsign;
mod rusty_s3;

pub use aws_sigv4::AwsSigV4;
pub use reqsign::Reqsign;
pub use rusty_s3::RustyS3;

/// Something that presigns the GET of one of [`bench_work::keys`].
pub trait Peer {
    /// The URL, in the form that the peer has for it.
    fn presign(&self, index: usize) -> impl ToString;
}
