use std::time::Duration;

use bench_work::{ACCESS_KEY_ID, BUCKET, EXPIRES_IN, REGION, SECRET_ACCESS_KEY, SIGNED_AT, keys};
use jiff::Timestamp;
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};

use super::Peer;

pub struct RustyS3 {
    bucket: Bucket,
    credentials: Credentials,
    keys: Vec<String>,
    time: Timestamp,
}

impl RustyS3 {
    pub fn set_up() -> Self {
        let endpoint = format!("https://s3.{REGION}.amazonaws.com").parse().expect("a URL");
        let bucket = Bucket::new(endpoint, UrlStyle::VirtualHost, BUCKET, REGION);
        Self {
            bucket: bucket.expect("a bucket"),
            credentials: Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY),
            keys: keys(),
            time: Timestamp::from_second(SIGNED_AT.cast_signed()).expect("a moment"),
        }
    }
}

impl Peer for RustyS3 {
    fn presign(&self, index: usize) -> impl ToString {
        let action = self.bucket.get_object(Some(&self.credentials), &self.keys[index]);
        action.sign_with_time(Duration::from_secs(u64::from(EXPIRES_IN)), &self.time)
    }
}
